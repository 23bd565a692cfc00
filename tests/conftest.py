"""A skip hides a check. On the build machines only what the machine cannot have may be skipped."""

import os
import shutil
import signal

import pytest

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # Started in the background of a script, tests would hand on to what they start that Ctrl-C is ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="module")
def browser():
    """Debian's Chromium, without a window."""
    named = filter(None, map(shutil.which, ("chromium", "google-chrome")))
    found = os.environ.get("CHROMIUM") or next(named, None)
    if found is None:
        pytest.skip("no chromium here: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture(autouse=True)
def _cache_of_its_own(tmp_path_factory, monkeypatch):
    """Every test begins with an empty cache, and none touches the user's."""
    monkeypatch.setenv("STATKIT_CACHE", str(tmp_path_factory.mktemp("cache") / "statkit"))


ALLOWED = ("needs root", "needs a GPU")


def _forbidden(report: pytest.TestReport | pytest.CollectReport) -> str | None:
    """Give the reason of a skip that is not allowed here."""
    if not os.environ.get("CI") or not report.skipped or hasattr(report, "wasxfail"):
        return None
    reason = str(report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr)
    reason = reason.removeprefix("Skipped: ")
    return None if reason.startswith(ALLOWED) else reason


def _fail(report: pytest.TestReport | pytest.CollectReport) -> None:
    reason = _forbidden(report)
    if reason is not None:
        report.outcome = "failed"
        report.longrepr = (
            f"skipped where CI is set, which only {' and '.join(map(repr, ALLOWED))} may: {reason}"
        )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    _fail(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector):
    report = yield
    _fail(report)
    return report
