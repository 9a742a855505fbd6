#include "lab/points/point_pool.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <map>

#include "tests/support/catch.hpp"

using namespace lab;

namespace {

class NoProgress final : public ProgressView {
 public:
  void update(const ProgressState&) override {}
  void clear() override {}
};

/// While it lives, the process can open no more than `free` further files.
class FewFiles {
 public:
  explicit FewFiles(unsigned free) {
    REQUIRE(getrlimit(RLIMIT_NOFILE, &before_) == 0);
    rlimit fewer = before_;
    const int next = open("/dev/null", O_RDONLY | O_CLOEXEC);
    REQUIRE(next >= 0);
    close(next);
    fewer.rlim_cur = static_cast<rlim_t>(next) + free;
    REQUIRE(setrlimit(RLIMIT_NOFILE, &fewer) == 0);
  }
  ~FewFiles() { setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

/// What becomes of three points whose kernel is nowhere, three at a time.
std::map<std::size_t, PointOutcome> run_three(unsigned free) {
  const config::Experiment experiment;
  const config::Point point{{}, config::default_values()};
  std::vector<PointJob> jobs(3);
  for (PointJob& job : jobs) {
    job.experiment = &experiment;
    job.point = &point;
  }
  PoolSetup setup;
  setup.workers = 3;
  setup.expected = {0, 0, 0};
  NoProgress progress;
  std::map<std::size_t, PointOutcome> outcomes;
  const config::Locations nowhere{{}};
  const FewFiles few{free};
  run_points(jobs, nowhere, setup, progress,
             [&outcomes](std::size_t job, const PointOutcome& one) { outcomes[job] = one; });
  return outcomes;
}

bool was_refused(const PointOutcome& outcome) {
  return outcome.error.find("the host gave no process to run it in") != std::string::npos;
}

}  // namespace

TEST_CASE("point pool: a host without room for a process fails the points with a sentence",
          "[lab]") {
  const auto outcomes = run_three(1);
  REQUIRE(outcomes.size() == 3);
  for (const auto& [job, outcome] : outcomes) {
    CHECK(was_refused(outcome));
    CHECK(outcome.error.find("Too many open files") != std::string::npos);
    CHECK(outcome.exit_code == 4);
  }
}

TEST_CASE("point pool: a host with room for one process runs the points one after another",
          "[lab]") {
  // A pipe takes two; one of them is closed when the child has it.
  const auto outcomes = run_three(2);
  REQUIRE(outcomes.size() == 3);
  for (const auto& [job, outcome] : outcomes) {
    CHECK_FALSE(was_refused(outcome));
    CHECK(outcome.exit_code == 4);
  }
}
