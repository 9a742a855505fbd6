// A subject whose inputs are files of bytes, mutated by a ByteMutator.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "common/check.hpp"
#include "tests/fuzz/mutation.hpp"

namespace fuzz {

class CorpusSubject : public Subject {
 public:
  CorpusSubject(std::vector<Sample> samples, ByteMutator mutator)
      : samples_{std::move(samples)}, mutator_{mutator} {
    CHECK(!samples_.empty());
  }

  std::vector<std::string> corpus() const override {
    std::vector<std::string> names;
    for (const Sample& sample : samples_) names.push_back(sample.name);
    return names;
  }
  Input original(std::size_t index) const override {
    return {samples_[index].name, samples_[index].bytes, 1};
  }
  Input mutated(Random& random, unsigned most) const override {
    const Sample& sample = random.pick(samples_);
    Input input{sample.name, sample.bytes, random.next()};
    // Each mutation draws from a stream of its own: leaving the last ones out changes no other.
    const unsigned count = how_many(random);
    for (unsigned i = 0; i < count && i < most; ++i) {
      Random own = random.fork();
      mutator_.mutate(input.bytes, own, sample, samples_);
    }
    finish(input);
    return input;
  }

 protected:
  /// Makes a checksum right again, where a format has one that would keep mutations out.
  virtual void finish(Input&) const {}

  const std::vector<Sample>& samples() const { return samples_; }

 private:
  std::vector<Sample> samples_;
  ByteMutator mutator_;
};

}  // namespace fuzz
