#include "lab/points/point_pool.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <new>
#include <optional>

#include "lab/points/interrupt.hpp"
#include "lab/points/work_estimate.hpp"

namespace lab {
namespace {

using Clock = std::chrono::steady_clock;

struct Worker {
  pid_t pid = 0;
  int pipe = -1;
  std::size_t job = 0;
  Clock::time_point began = Clock::now();
  PointProgress progress;
  std::string error;
};

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// What a child says to its parent, in fixed-size pieces below PIPE_BUF: progress, or part of an
// error.
struct Message {
  std::uint32_t size = 0;  // of `text`; 0: progress
  PointProgress progress;
  char text[200] = {};
};

void send(int pipe, const Message& message) {
  // A parent that is gone has no use for progress.
  [[maybe_unused]] const auto ignored = write(pipe, &message, sizeof message);
}

// A child that does not get memory says so; what it throws must not reach its copy of main().
Result<int, Error> run_guarded(const PointJob& job, const config::Locations& locations,
                               const std::function<void(const PointProgress&)>& progress) {
  try {
    return run_point(job, locations, progress);
  } catch (const std::bad_alloc&) {
    return Failure{Error{ErrorCode::kInput, job.point->name(),
                         "the host's memory does not suffice for this point",
                         "run fewer at a time (-j), or give it a smaller machine"}};
  }
}

[[noreturn]] void child(const PointJob& job, const config::Locations& locations, int pipe) {
  setpgid(0, 0);  // Ctrl-C goes to the parent, which passes it on once
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  const auto code = run_guarded(job, locations, [pipe](const PointProgress& progress) {
    Message message;
    message.progress = progress;
    send(pipe, message);
  });
  if (!code) {
    const std::string text = code.error().message();
    for (std::size_t at = 0; at < text.size(); at += sizeof Message::text) {
      Message message;
      message.size = static_cast<std::uint32_t>(std::min(sizeof message.text, text.size() - at));
      std::memcpy(message.text, text.data() + at, message.size);
      send(pipe, message);
    }
  }
  std::fflush(nullptr);
  _exit(code ? *code : static_cast<int>(code.error().code));
}

class Pool {
 public:
  Pool(const std::vector<PointJob>& jobs, const config::Locations& locations,
       const PoolSetup& setup, ProgressView& progress, const PointDone& done)
      : jobs_{jobs},
        locations_{locations},
        setup_{setup},
        work_{setup.expected},
        progress_{progress},
        done_{done} {
    for (const std::uint64_t instructions : setup.already_done) work_.done_before(instructions);
  }

  void run() {
    while (true) {
      while (workers_.size() < most_workers_ && next_ < jobs_.size() && !interrupted())
        start_next();
      if (workers_.empty()) return;
      wait();
      show();
    }
  }

 private:
  // A host that has no room for one more process is asked for fewer; where it has none for a
  // single one the point failed.
  void start_next() {
    const char* const why_not = start();
    if (why_not == nullptr) return;
    if (!workers_.empty()) {
      most_workers_ = workers_.size();
      return;
    }
    ++finished_jobs_;
    work_.finished(next_, 0, false);
    progress_.clear();
    done_(next_++, {static_cast<int>(ErrorCode::kInput),
                    fmt::format("the host gave no process to run it in: {} (close other programs, "
                                "or raise the limits that `ulimit -a` shows)",
                                why_not)});
  }

  // Of the next job. Answers what the host said if it refused.
  const char* start() {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return strerror(errno);
    std::fflush(nullptr);
    const pid_t pid = fork();
    if (pid < 0) {
      const int why = errno;
      close(ends[0]);
      close(ends[1]);
      return strerror(why);
    }
    if (pid == 0) {
      close(ends[0]);
      child(jobs_[next_], locations_, ends[1]);
    }
    close(ends[1]);
    Worker worker;
    worker.pid = pid;
    worker.pipe = ends[0];
    worker.job = next_++;
    workers_.push_back(worker);
    return nullptr;
  }

  void wait() {
    std::vector<pollfd> pipes;
    for (const Worker& worker : workers_) pipes.push_back({worker.pipe, POLLIN, 0});
    poll(pipes.data(), pipes.size(), 200);
    if (interrupted() && !passed_on_) {
      passed_on_ = true;
      for (const Worker& worker : workers_) kill(worker.pid, SIGINT);
    }
    for (std::size_t i = workers_.size(); i-- > 0;) {
      if (pipes[i].revents != 0 && !read_message(workers_[i])) finish(i);
    }
  }

  static bool read_message(Worker& worker) {
    Message message;
    const auto got = read(worker.pipe, &message, sizeof message);
    if (got < 0 && errno == EINTR) return true;
    if (got != sizeof message) return false;
    if (message.size == 0) {
      worker.progress = message.progress;
    } else {
      worker.error.append(message.text, std::min<std::size_t>(message.size, sizeof message.text));
    }
    return true;
  }

  void finish(std::size_t i) {
    Worker worker = workers_[i];
    workers_.erase(workers_.begin() + static_cast<std::ptrdiff_t>(i));
    close(worker.pipe);
    int status = 0;
    while (waitpid(worker.pid, &status, 0) < 0 && errno == EINTR) {
    }
    PointOutcome outcome;
    outcome.error = worker.error;
    if (WIFEXITED(status)) {
      outcome.exit_code = WEXITSTATUS(status);
    } else {
      outcome.exit_code = static_cast<int>(ErrorCode::kInternal);
      outcome.error = fmt::format("the process that ran it died of signal {} ({})",
                                  WTERMSIG(status), strsignal(WTERMSIG(status)));
    }
    executed_ += worker.progress.instructions;
    work_.finished(worker.job, worker.progress.instructions,
                   outcome.exit_code <= static_cast<int>(ErrorCode::kExpectation));
    ++finished_jobs_;
    progress_.clear();
    done_(worker.job, outcome);
  }

  void show() {
    ProgressState state;
    state.done = setup_.already_done.size() + finished_jobs_;
    state.total = setup_.already_done.size() + jobs_.size();
    state.executed = executed_;
    std::vector<RunningJob> running;
    for (const Worker& worker : workers_) {
      state.executed += worker.progress.instructions;
      running.push_back({worker.job, worker.progress.instructions, seconds_since(worker.began)});
    }
    state.work = work_.forecast(running, seconds_since(start_));
    if (!workers_.empty()) state.now = jobs_[workers_.front().job].point->name();
    progress_.update(state);
  }

  const std::vector<PointJob>& jobs_;
  const config::Locations& locations_;
  const PoolSetup& setup_;
  WorkEstimate work_;
  ProgressView& progress_;
  const PointDone& done_;
  std::vector<Worker> workers_;
  std::size_t most_workers_ = setup_.workers;
  std::size_t next_ = 0, finished_jobs_ = 0;
  std::uint64_t executed_ = 0;  // by those that have finished
  const Clock::time_point start_ = Clock::now();
  bool passed_on_ = false;
};

}  // namespace

void run_points(const std::vector<PointJob>& jobs, const config::Locations& locations,
                const PoolSetup& setup, ProgressView& progress, const PointDone& done) {
  outlive_readers();
  Pool{jobs, locations, setup, progress, done}.run();
}

}  // namespace lab
