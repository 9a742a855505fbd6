// Keys that the program itself looks at, by name: each is spelt here, its row and whoever asks for
// its value say its constant. Keys that only rows know need none.
#pragma once

namespace config::key {

inline constexpr const char* kSeed = "seed";
inline constexpr const char* kMonitorKind = "monitor.kind";
inline constexpr const char* kWorkloadProgram = "workload.program";
inline constexpr const char* kWorkloadArgs = "workload.args";
inline constexpr const char* kMeasure = "measure";
inline constexpr const char* kQuestion = "question";
inline constexpr const char* kRepeats = "repeats";

/// The part of an experiment that says what its report compares.
inline constexpr const char* kCompare = "report.compare";
inline constexpr const char* kBaseline = "report.baseline";
inline constexpr const char* kDiffers = "report.differs";
inline constexpr const char* kHeadline = "report.headline";
inline constexpr const char* kHeadlineMetric = "report.headline.metric";
inline constexpr const char* kHeadlineMean = "report.headline.mean";
inline constexpr const char* kHeadlineWhere = "report.headline.where";

}  // namespace config::key
