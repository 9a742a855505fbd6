"""The folder that everything is built in, and the rule that makes the build resumable.

A step is done when its stamp exists and holds the fingerprint of the step's inputs; the stamp is written last and
renamed into place. So a step that was killed is done again, one that is done is not, and one whose inputs changed is.
"""
import fcntl
import hashlib
import os
import shutil
import signal
import subprocess
import threading
from pathlib import Path


class BuildError(Exception):
    """One sentence: what failed, where, and what to do."""


class SourcesError(BuildError):
    """The sources cannot be had from here: no network, or no Debian mirror that has them."""


def fingerprint(*things):
    """Of texts, and of files and folders by name and content."""
    digest = hashlib.sha256()
    for thing in things:
        if isinstance(thing, Path):
            for path in sorted(thing.rglob("*")) if thing.is_dir() else [thing]:
                if path.is_file():
                    digest.update(f"{path.relative_to(thing.parent)}\0".encode() + path.read_bytes() + b"\0")
        else:
            digest.update(f"{thing}\0".encode())
    return digest.hexdigest()


class Cache:
    def __init__(self, root):
        self.root = Path(root)          # ~/.cache/disco
        self.work = self.root / "linux"
        self.images = self.root / "guests"
        for folder in (self.work / "stamps", self.work / "logs", self.images):
            folder.mkdir(parents=True, exist_ok=True)

    @staticmethod
    def of_user():
        base = os.environ.get("XDG_CACHE_HOME")
        if not base or not os.path.isabs(base):
            base = Path.home() / ".cache"
        return Cache(Path(base) / "disco")

    def lock(self):
        """Held until the process ends."""
        self._lock = open(self.work / "lock", "w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BuildError(f"{self.work} is in use by another ./bootstrap linux; wait for it") from None

    def need_space(self, megabytes):
        free = shutil.disk_usage(self.work).free >> 20
        if free < megabytes:
            raise BuildError(f"{self.work} has {free} MB of free space and the build needs {megabytes}; make room, "
                             "or set XDG_CACHE_HOME to a folder on another disk")

    def is_done(self, step, key):
        stamp = self.work / "stamps" / step
        return stamp.is_file() and stamp.read_text() == key

    def done(self, step, key):
        stamp = self.work / "stamps" / step
        new = stamp.with_name(stamp.name + ".new")
        new.write_text(key)
        os.replace(new, stamp)

    def forget(self, step):
        (self.work / "stamps" / step).unlink(missing_ok=True)

    def fresh(self, folder):
        """An empty folder in the place of whatever was there."""
        path = self.work / folder
        shutil.rmtree(path, ignore_errors=True)
        path.mkdir(parents=True)
        return path

    def resumed(self, folder, key):
        """A folder as an interrupted build with the same key left it; empty when there was none."""
        path, began = self.work / folder, self.work / "stamps" / (folder.replace("/", "-") + ".began")
        if not (path.is_dir() and began.is_file() and began.read_text() == key):
            self.fresh(folder)
            began.write_text(key)
        return path

    def log(self, step):
        return self.work / "logs" / f"{step}.log"

    def run(self, step, command, seen=None, feed=None, **how):
        """Runs a command with its output in the step's log. `seen(lines)` is called after each line with their
        number so far, `feed(pipe)` writes its input."""
        log = self.log(step)
        with open(log, "a") as out:
            out.write(f"$ {' '.join(map(str, command))}\n")
            out.flush()
            process = subprocess.Popen(list(map(str, command)), stdin=subprocess.PIPE if feed else subprocess.DEVNULL,
                                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True, **how)
            feeder = threading.Thread(target=self._feed, args=(feed, process.stdin)) if feed else None
            if feeder:
                feeder.start()
            try:
                for lines, line in enumerate(process.stdout, 1):
                    out.write(line.decode(errors="replace"))
                    if seen:
                        seen(lines)
            except BaseException:
                os.killpg(process.pid, signal.SIGTERM)  # make alone would wait for its compilers
                raise
            finally:
                process.wait()
                if feeder:
                    feeder.join()
        if process.returncode != 0:
            tail = "\n".join(log.read_text(errors="replace").splitlines()[-12:])
            raise BuildError(f"{step}: `{' '.join(map(str, command))[:100]}` failed with exit code "
                             f"{process.returncode}; the end of {log}:\n{tail}")

    @staticmethod
    def _feed(feed, pipe):
        try:
            feed(pipe)
            pipe.close()
        except BrokenPipeError:
            pass
