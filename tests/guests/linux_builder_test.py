#!/usr/bin/env python3
"""What builds Linux, as far as it can be tested without building it: sources derived from sample apt configurations,
resumption, progress, the overlay's insertion, the scripts' syntax.

usage: linux_builder_test.py SOURCE-DIRECTORY
"""
import contextlib
import io
import os
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path
from unittest import mock

ROOT = Path(sys.argv.pop(1)).resolve()
LINUX = ROOT / "guest-kernels" / "linux"
sys.dont_write_bytecode = True
sys.path.insert(0, str(LINUX))

import build  # noqa: E402
from builder import apt_sources, cache, progress, sources, userland  # noqa: E402


class OneLineSources(unittest.TestCase):
    def test_each_deb_gets_its_deb_src(self):
        self.assertEqual(apt_sources.list_with_sources("deb http://a.example/debian bookworm main contrib\n"),
                         "deb http://a.example/debian bookworm main contrib\n"
                         "deb-src http://a.example/debian bookworm main contrib\n")

    def test_options_stay(self):
        text = apt_sources.list_with_sources("deb [ signed-by=/k.gpg arch=amd64 ]  http://a.example/d  bookworm main")
        self.assertIn("deb-src [ signed-by=/k.gpg arch=amd64 ] http://a.example/d bookworm main\n", text)

    def test_what_is_switched_off_stays_off(self):
        text = "# deb http://a.example/d x main\n#deb-src http://a.example/d x main\n\ndeb cdrom:[Debian]/ x main\n"
        self.assertEqual(apt_sources.list_with_sources(text), "")

    def test_an_existing_deb_src_is_not_doubled(self):
        both = "deb http://a.example/d x main # mirror\ndeb-src http://a.example/d x main\n"
        self.assertEqual(apt_sources.list_with_sources(both).count("deb-src"), 1)

    def test_a_flat_repository(self):
        self.assertIn("deb-src file:/srv/repo ./\n", apt_sources.list_with_sources("deb file:/srv/repo ./"))


class Deb822Sources(unittest.TestCase):
    STANZA = ("# a comment\nTypes: deb\n# snapshot\nURIs: http://a.example/debian\nSuites: bookworm bookworm-updates\n"
              "Components: main\nSigned-By: /k.gpg\n")

    def test_types_get_deb_src(self):
        self.assertEqual(apt_sources.deb822_with_sources(self.STANZA).splitlines(),
                         ["Types: deb deb-src", "URIs: http://a.example/debian", "Suites: bookworm bookworm-updates",
                          "Components: main", "Signed-By: /k.gpg"])

    def test_several_stanzas_and_a_disabled_one(self):
        disabled = self.STANZA.replace("Types:", "Enabled: no\nTypes:").replace("a.example", "off.example")
        text = apt_sources.deb822_with_sources("\n" + self.STANZA + "\n\n" + disabled + " \n" +
                                               self.STANZA.replace("a.example", "b.example"))
        self.assertEqual(text.count("Types: deb deb-src"), 2)
        self.assertNotIn("off.example", text)

    def test_an_embedded_key_stays_as_it_is(self):
        key = "Signed-By:\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n Types: deb\n -----END PGP PUBLIC KEY BLOCK-----\n"
        text = apt_sources.deb822_with_sources(self.STANZA.replace("Signed-By: /k.gpg\n", key))
        self.assertIn(key.rstrip("\n"), text)

    def test_sources_that_are_there_already(self):
        text = apt_sources.deb822_with_sources(self.STANZA.replace("Types: deb", "types: deb-src deb"))
        self.assertIn("Types: deb-src deb\n", text)


class Derivation(unittest.TestCase):
    def test_only_files_that_apt_reads_and_nothing_is_written(self):
        with tempfile.TemporaryDirectory() as folder:
            etc = Path(folder)
            (etc / "sources.list.d").mkdir()
            (etc / "sources.list").write_text("deb http://a.example/d x main\n")
            (etc / "sources.list.d/b.sources").write_text(Deb822Sources.STANZA)
            (etc / "sources.list.d/c.list.save").write_text("deb http://old.example/d x main\n")
            (etc / "sources.list.d/d.list").write_text("# nothing\n")
            before = {path: path.read_text() for path in etc.rglob("*") if path.is_file()}
            self.assertEqual(sorted(apt_sources.derive(etc)), ["sources.list", "sources.list.d/b.sources"])
            self.assertEqual(before, {path: path.read_text() for path in etc.rglob("*") if path.is_file()})


class Steps(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.cache = cache.Cache(self.folder.name)

    def tearDown(self):
        self.folder.cleanup()

    def test_a_step_is_done_for_its_inputs_only(self):
        self.assertFalse(self.cache.is_done("musl", "key"))
        self.cache.done("musl", "key")
        self.assertTrue(self.cache.is_done("musl", "key"))
        self.assertFalse(self.cache.is_done("musl", "other"))
        self.cache.forget("musl")
        self.assertFalse(self.cache.is_done("musl", "key"))

    def test_an_interrupted_build_goes_on_and_one_of_other_inputs_starts_anew(self):
        (self.cache.resumed("build/x", "key") / "object").write_text("half")
        self.assertTrue((self.cache.resumed("build/x", "key") / "object").exists())
        self.assertFalse((self.cache.resumed("build/x", "other") / "object").exists())

    def test_a_killed_tree_is_not_taken_for_a_complete_one(self):
        (self.cache.fresh("src/linux.new") / "Makefile").write_text("half")
        self.assertEqual(list(self.cache.fresh("src/linux.new").iterdir()), [])
        self.assertFalse((self.cache.work / "src/linux").exists())

    def test_two_builds_at_once_are_refused(self):
        self.cache.lock()
        with self.assertRaises(cache.BuildError):
            cache.Cache(self.folder.name).lock()

    def test_a_failing_command_is_told_with_its_log(self):
        with self.assertRaisesRegex(cache.BuildError, "exit code 3(.|\n)*the reason"):
            self.cache.run("step", ["sh", "-c", "echo the reason; exit 3"])

    def test_an_interrupt_ends_what_commands_have_started(self):
        pid = Path(self.folder.name) / "pid"

        def interrupted(_):
            raise KeyboardInterrupt
        with self.assertRaises(KeyboardInterrupt):
            self.cache.run("step", ["sh", "-c", f"sleep 600 & echo $! > {pid}; echo line; wait"], seen=interrupted)
        status = Path("/proc") / pid.read_text().strip() / "status"
        end = time.monotonic() + 10
        while status.exists() and "State:\tZ" not in status.read_text() and time.monotonic() < end:
            time.sleep(0.05)
        self.assertLess(time.monotonic(), end, "the command's child still runs")

    def test_a_fingerprint_sees_names_and_contents(self):
        folder = Path(self.folder.name) / "in"
        folder.mkdir()
        (folder / "a").write_text("1")
        first = cache.fingerprint(folder)
        (folder / "a").rename(folder / "b")
        second = cache.fingerprint(folder)
        (folder / "b").write_text("2")
        self.assertEqual(len({first, second, cache.fingerprint(folder)}), 3)

    def test_too_little_space_is_told_before_anything_is_done(self):
        with self.assertRaisesRegex(cache.BuildError, "XDG_CACHE_HOME"):
            self.cache.need_space(1 << 40)


class Shown(unittest.TestCase):
    def test_percentages_and_time_left(self):
        now, out = [0.0], io.StringIO()
        shown = progress.Progress({"one": 10, "two": 30}, out, clock=lambda: now[0])
        shown.begin("one")
        now[0] = 20
        shown.end()
        shown.begin("two")
        now[0] = 50
        shown.show(0.5, "half")
        self.assertIn("linux [ 25%] one: 20 s", out.getvalue())
        self.assertIn("linux [ 62%] two: 50%, half, about 30 s left in all", out.getvalue())

    def test_what_was_done_before_does_not_make_the_rest_look_fast(self):
        now, out = [0.0], io.StringIO()
        shown = progress.Progress({"old": 100, "new": 100}, out, clock=lambda: now[0])
        shown.begin("old")
        shown.end("done before")
        shown.begin("new")
        now[0] = 30
        shown.show(0.25, "a quarter")
        self.assertIn("about 1 min 30 s left", out.getvalue())


class Files(unittest.TestCase):
    def test_the_overlay_is_inserted_once(self):
        with tempfile.TemporaryDirectory() as folder:
            tree = Path(folder)
            (tree / "arch/mips").mkdir(parents=True)
            (tree / "arch/mips/Kconfig").write_text('choice\nconfig SGI_IP27\n\tbool "x"\nendchoice\n'
                                                    'source "arch/mips/sgi-ip27/Kconfig"\n')
            (tree / "arch/mips/Kbuild.platforms").write_text("platform-$(CONFIG_SGI_IP27)\t+= sgi-ip27/\n")
            subprocess.run([LINUX / "apply-overlay.sh", tree], check=True)
            header = tree / "arch/mips/include/asm/mach-flash/spaces.h"
            os.utime(header, (1, 1))
            (tree / "arch/mips/flash/irq.c").write_text("changed")
            subprocess.run([LINUX / "apply-overlay.sh", tree], check=True)
            self.assertEqual(header.stat().st_mtime, 1, "make would compile everything again")
            self.assertNotEqual((tree / "arch/mips/flash/irq.c").read_text(), "changed")
            kconfig = (tree / "arch/mips/Kconfig").read_text()
            self.assertEqual(kconfig.count("config MACH_FLASH"), 1)
            self.assertLess(kconfig.index("config MACH_FLASH"), kconfig.index("config SGI_IP27"))
            self.assertEqual(kconfig.count("arch/mips/flash/Kconfig"), 1)
            self.assertEqual((tree / "arch/mips/Kbuild.platforms").read_text().count("+= flash/"), 1)

    def test_another_tree_is_refused(self):
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run([LINUX / "apply-overlay.sh", folder], capture_output=True, text=True)
            self.assertNotEqual(done.returncode, 0)
            self.assertIn("not an unpacked Linux", done.stderr)

    def test_busybox_options_replace_the_defaults(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / ".config"
            path.write_text("# CONFIG_ASH is not set\n# CONFIG_ASH_ALIAS is not set\nCONFIG_VI=n\n")
            userland.busybox_config(path, ["CONFIG_ASH=y"])
            self.assertEqual(path.read_text(), "# CONFIG_ASH_ALIAS is not set\nCONFIG_VI=n\nCONFIG_ASH=y\n")

    def test_scripts_parse(self):
        scripts = [ROOT / "bootstrap", LINUX / "apply-overlay.sh", LINUX / "initramfs/init"]
        scripts += sorted((LINUX / "initramfs/tests").iterdir())
        for script in scripts:
            shell = "bash" if script.name == "bootstrap" else "sh"
            self.assertEqual(subprocess.run([shell, "-n", script]).returncode, 0, script)

    def test_every_file_for_the_kernel_names_its_licence(self):
        for path in (LINUX / "overlay").rglob("*"):
            if path.is_file():
                self.assertIn("SPDX-License-Identifier: GPL-2.0", path.read_text().split("\n", 1)[0], path)

    def test_the_first_process_and_every_test_of_all_can_be_executed(self):
        tests = LINUX / "initramfs/tests"
        line = next(line for line in (tests / "all").read_text().splitlines() if line.startswith("for test in "))
        named = line.removeprefix("for test in ").split(";")[0].split()
        need_more = {"disk", "network", "parallel", "processors"}  # another machine than "all" has
        present = {path.name for path in tests.iterdir()} - {"all", "check.sh"}
        self.assertEqual(sorted(named), sorted(present - need_more))
        for path in [LINUX / "initramfs/init", *(tests / name for name in present)]:
            self.assertTrue(os.access(path, os.X_OK), path)


class ExitCodes(unittest.TestCase):
    """Whoever runs it unattended must tell a kernel that does not build from a machine without a network."""

    def code_for(self, error):
        with tempfile.TemporaryDirectory() as folder, mock.patch.dict(os.environ, XDG_CACHE_HOME=folder), \
                mock.patch.object(build.Build, "run", side_effect=error), \
                contextlib.redirect_stderr(io.StringIO()):
            return build.main([])

    def test_sources_that_cannot_be_had(self):
        self.assertEqual(self.code_for(cache.SourcesError("no network")), 3)

    def test_what_does_not_build(self):
        self.assertEqual(self.code_for(cache.BuildError("make failed")), 1)

    def test_no_sources_are_configured(self):
        with tempfile.TemporaryDirectory() as folder, self.assertRaises(cache.SourcesError):
            sources.Apt(cache.Cache(folder), etc_apt=folder)

    def test_a_download_that_fails(self):
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "sources.list").write_text("deb http://localhost:9/debian bookworm main\n")
            apt = sources.Apt(cache.Cache(folder), etc_apt=folder)
            apt.write()
            with self.assertRaises(cache.SourcesError):
                apt.download(Path(folder), dict.fromkeys((sources.KERNEL_PACKAGE, *sources.SOURCE_PACKAGES), "1"),
                             mock.Mock(spec=progress.Progress))


if __name__ == "__main__":
    unittest.main()
