// How resolve() does its work; nobody else includes this. What the files hold:
//   resolve.cpp         keys and values of the body, defaults, the order of the steps
//   resolve_lists.cpp   the two lists: the sweep's dimensions and the expectations
//   resolve_points.cpp  what --set and --only change, and the points that remain
//   resolve_vms.cpp     the list of virtual machines
//   resolve_report.cpp  what is compared with what, and whether it can be
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "config/resolve/resolve.hpp"
#include "config/schema/schema.hpp"

namespace config {

/// The path of a key within a table: "machine" and "tlb" give machine.tlb.
inline std::string join_path(const std::string& path, const std::string& word) {
  return path.empty() ? word : path + "." + word;
}

class Resolver {
 public:
  Resolver(const std::string& source, const PlaceOf& place_of, const LoadOptions& options)
      : source_{source}, place_of_{place_of}, options_{options} {}

  Result<Experiment, Diagnostics> run(const std::string& name, const SortedJson& body);

 private:
  // Where values land: the experiment itself, or one case of a sweep.
  struct Target {
    Values* values;
    bool origins;
    Scope widest;  // kExperiment accepts kPoint too
  };

  void complain(const std::string& place, const std::string& path, const std::string& what);
  void complain_option(const std::string& option, const std::string& what);
  std::string origin_of(const std::string& place) const;

  void walk(const SortedJson& table, const std::string& path, const std::string& place,
            const Target& to);
  void visit(const std::string& path, const SortedJson& value, const std::string& place,
             const Target& to);
  void put(const std::string& path, const SortedJson& value, const std::string& place,
           const Target& to);
  std::string unknown_key(const std::string& path) const;

  void read_vms(const SortedJson& list, const std::string& place, const Target& to);
  void read_vm(const SortedJson& vm, const std::string& place, const Target& to);
  void read_vm_workload(const std::string& vm, const SortedJson& table, const std::string& place,
                        const Target& to);
  bool knows_vm_of(const std::string& path) const;
  std::vector<std::string> vm_names() const;
  void note_what_native_runs();

  void read_name(const std::string& name);
  void read_sweep(const SortedJson& list);
  void read_dimension(const SortedJson& table, const std::string& place);
  std::optional<Case> read_case(const SortedJson& value, const std::string& path,
                                const std::string& place, const Dimension& dimension);
  void read_expectations(const SortedJson& list);
  Values read_list_rows(const SortedJson& table, const std::string& path, const std::string& place);
  Selector selector(const SortedJson& value, const std::string& place, const std::string& path);
  std::optional<Bound> bound(const Values& rows, const char* key, const std::string& place);

  void fill_defaults();
  void take_experiment_keys();
  void apply_overrides();
  void pin(const std::string& path, const SortedJson& value, const std::string& option);
  void judge_overruled();
  void read_report();
  void multiply();
  std::size_t bytes_of_points() const;
  void drop_idle_dimensions();
  void warn_of_labels_without_meaning();
  void keep_only();
  void drop_moot_expectations();
  void check_report();
  void check_comparisons();

  static constexpr std::size_t kMostDiagnostics = 50;
  static constexpr std::size_t kMostPoints = 10'000;
  static constexpr std::size_t kMostBytes = std::size_t{512} << 20;

  const std::string& source_;
  const PlaceOf& place_of_;
  const LoadOptions& options_;
  // A case's value that an option replaced.
  struct Overruled {
    std::string option, path;
    std::vector<std::string> names, labels;  // of the dimension, of the case
    SortedJson was;
  };

  Experiment e_;
  Values all_;                         // point and experiment keys of the body
  std::vector<Dimension> as_written_;  // before idle dimensions were dropped
  std::vector<Overruled> overruled_;
  bool has_baseline_ = true;  // the one that the experiment means
  std::vector<Diagnostic> wrong_;
};

}  // namespace config
