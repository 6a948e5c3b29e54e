"""Run a month: findings, notebooks, page, all published at once."""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import shutil
import subprocess
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import motcua
from motcua.base.calendar import next_month, period_label, rule_period
from motcua.base.errors import RunError, did_you_mean
from motcua.base.params import Params, is_partial, load_params, period_of, refuse_abolished
from motcua.base.reference import ISSUED, OUTPUTS, message, refusal, shown
from motcua.base.vietnamese import day, number
from motcua.chapters import changes, sentences, trends
from motcua.chapters.ward_map import environment
from motcua.machine.files import made_from, read_manifest, write_manifest
from motcua.machine.processes import ForkedDied, at_once, meanwhile, put_off, set_apart, shares
from motcua.machine.progress import worded
from motcua.measures import (
    apologies,
    causes,
    control,
    feedback,
    followup,
    orders,
    quality,
    ranking,
    rates,
    signs,
    ward,
)
from motcua.measures.month import Month, load, refuse_uncovered, remembered
from motcua.measures.quality import issued_changes
from motcua.pages.first_screen import BRIEF_PDF, brief_pdf, first_screen
from motcua.pages.index import write_index
from motcua.pages.page import Front, build_report
from motcua.pages.ward_pages import file_names, write_sheets, write_watch
from motcua.papers.annex import annex_pdf, annex_xlsx, form06_by_ward
from motcua.papers.document import compiled, letter_docx
from motcua.papers.findings import totals_of, write_findings
from motcua.papers.letter import letter
from motcua.papers.office import without_apology, write_notices, write_report
from motcua.papers.restricted import write_restricted
from motcua.reading.exports import default_data, find_path, is_store
from motcua.reading.personal import SHORTEST_NUMBER, without_names
from motcua.reading.store import read_meta
from motcua.running import unchanged
from motcua.running.execute import Task, default_engine, died, execute_tasks
from motcua.running.leaks import refuse_leaks
from motcua.running.publish import Unchanged, building

LETTER, ANNEX, ANNEX_PDF = "cong-van.docx", "phu-luc.xlsx", "phu-luc.pdf"


def write_letter(month: Month, folder: Path) -> None:
    """Write the draft letter."""
    (folder / LETTER).write_bytes(letter_docx(letter(month), month.period.end))


def write_annex(month: Month, folder: Path) -> None:
    """Write the annex, as a workbook and for the signed file."""
    (folder / ANNEX).write_bytes(annex_xlsx(month))
    (folder / ANNEX_PDF).write_bytes(annex_pdf(month))


# Part of a run -> what it makes, and what writes it.
WRITERS: dict[str, tuple[str, Callable[[Month, Path], object]]] = {
    "letter": ("dự thảo công văn", write_letter),
    "submission": ("báo cáo của Văn phòng", write_report),
    "annex": ("phụ lục", write_annex),
    "restricted": ("phụ lục hạn chế", write_restricted),
}
FILES = {LETTER: "dự thảo công văn", ANNEX: "phụ lục số liệu"}  # linked from the first screen
CITY = unchanged.chapters()
WATCHES = "theo-doi"
WARDS = "wards"
WARM = (  # what notebooks ask the database for, and what takes long
    apologies.apologies, apologies.are_recorded, causes.if_not_for, causes.conflict_counts,
    causes.notices, causes.days_by_ward, causes.points,
    control.list_changes, control.rate_change, control.signals, feedback.feedback_channels,
    feedback.feedback_rates, followup.effects, orders.orders, quality.bounds, quality.notes,
    quality.quality, quality.rejected_labelled, quality.sources, quality.unknown_headings,
    ranking.ranking, rates.budget, rates.funnel_curve, rates.shortfalls, followup.repeats_by_ward,
    signs.signs,
    ward.split_by_ward, without_apology, form06_by_ward,
    changes.cause_trend, trends.city_trend,  # so that what draws bars and lines is loaded
)  # fmt: skip
NOTICES = "notices"
PARTS = ("findings", "report", *WRITERS, *CITY, WARDS, NOTICES)
DRAFTS = ("letter", "submission", NOTICES)  # what speaks to every unit, so never of some alone
OF_ORDERS = frozenset({*DRAFTS, "05_followup"})  # nothing where nobody gives any

MOST_UNITS = 350  # of a page that can be sent
HOOK_SECONDS = 300  # a command after publishing may take so long

Say = Callable[[str], None]


@dataclass(frozen=True)
class Job:
    """What to run, as the command line says it."""

    month: str
    data: Path
    params: Path | None
    out: Path
    jobs: int = 2
    only: tuple[str, ...] = ()
    force: bool = False
    engine: str = "plain"
    without: frozenset[str] = frozenset()

    @property
    def at_once(self) -> int:
        """How many processes share what is no notebook; 0: it is made by this one."""
        return self.jobs if self.engine == "warm" else 0

    @property
    def parts(self) -> tuple[str, ...]:
        """Names of PARTS to make; the findings always are."""
        wanted = {"findings", *self.only, *self.notebooks} if self.only else set(PARTS)
        wanted |= {"report"} if self.notebooks == self.chapters else set()
        return tuple(part for part in PARTS if part in wanted - self.without)

    @property
    def chapters(self) -> tuple[str, ...]:
        """Names of the notebooks that are chapters of the report."""
        return tuple(name for name in CITY if name not in self.without)

    @property
    def notebooks(self) -> tuple[str, ...]:
        """Names of the notebooks to execute."""
        if not self.only or "report" in self.only:
            return self.chapters
        return tuple(name for name in self.chapters if name in self.only)


def make_job(
    month: str,
    data: str | None = None,
    params: str | None = None,
    out: str | None = None,
    jobs: int | None = None,
    only: Iterable[str] = (),
    force: bool = False,
    engine: str | None = None,
) -> Job:
    """Job with every path resolved and every name checked.

    Raises
    ------
    InputError
        A name after --only is not known.
    """
    only = tuple(only)
    for name in only:
        if name not in PARTS:
            hint, parts = did_you_mean(name, PARTS), ", ".join(PARTS)
            raise refusal("no_part", name=name, hint=hint, parts=parts)
    return Job(
        month=month,
        data=(find_path(data) if data else default_data()).resolve(),
        params=find_path(params).resolve() if params else None,
        out=Path(out).resolve() if out else OUTPUTS,
        jobs=jobs or os.cpu_count() or 1,
        only=only,
        force=force,
        engine=engine or default_engine(),
    )


def run_month(job: Job, say: Say = lambda _: None) -> Path:
    """Run one month and publish it; return its folder.

    A whole month that was made from the same facts and that nobody touched since stays as it is,
    unless the job says `force`. However it ends, index.html of the output folder is made again.

    Raises
    ------
    InputError
        Wrong input or parameters (exit code 2).
    RunError
        A notebook or an output failed, the data changed under way, or another run of this month is
        under way (exit code 1).
    """
    with put_off():  # an impatient second request to stop must not leave an old list of months
        try:
            target, headline = _publish(job, say)
        finally:
            with contextlib.suppress(OSError):  # which must not hide what went wrong before
                write_index(job.out)
    if headline:
        for command in load_params(job.month, job.params).after_publish:
            run_after(command, target, headline, say)
    return target


def run_after(command: str, folder: Path, headline: str, say: Say) -> None:
    """Run a command of `after_publish`; what goes wrong is told and stops nothing.

    It finds in its environment MOTCUA_FOLDER (the month's folder), MOTCUA_MONTH and
    MOTCUA_HEADLINE, a sentence.

    Examples
    --------
    >>> run_after("không-có-lệnh-này", Path("outputs/2024-01"), "", print)
    Lưu ý: lệnh sau công bố "không-có-lệnh-này" không chạy được: không tìm thấy lệnh.
    """
    variables = {"FOLDER": str(folder), "MONTH": folder.name, "HEADLINE": headline}
    environment = os.environ | {f"MOTCUA_{name}": value for name, value in variables.items()}
    try:
        words = shlex.split(command, posix=os.name == "posix")
        subprocess.run(words, env=environment, check=True, timeout=HOOK_SECONDS)
        return
    except (FileNotFoundError, IndexError):
        why = "không tìm thấy lệnh"
    except subprocess.TimeoutExpired:
        why = f"chạy quá {HOOK_SECONDS} giây nên bị dừng"
    except subprocess.CalledProcessError as error:
        why = f"mã thoát {error.returncode}"
    except (OSError, ValueError) as error:
        why = str(error)
    say(message("command_failed", command=command, why=why))


def _publish(job: Job, say: Say) -> tuple[Path, str]:
    """Run one month and publish it; its folder, and a headline where commands are to run after."""
    target, headline = job.out / job.month, ""
    read = partial(load, job.month, job.data, job.params, issued=job.out / ISSUED)

    def facts_now() -> dict[str, Any]:
        params = load_params(job.month, job.params)
        return unchanged.facts_of(job.month, params, job.data, job.out)

    params = load_params(job.month, job.params)
    refuse_abolished(params, period_of(job.month, params).end)
    job = job if params.directs else replace(job, without=OF_ORDERS)
    with building(job.out, job.month) as folder:
        say(f"Đọc dữ liệu trong {shown(job.data)} ...")
        month = read(progress=worded(say, "  đọc {}"))
        for note in month.inputs.notes:
            say(f"  Lưu ý: {note}")
        refuse_uncovered(month)
        _refuse_too_many(job, month)
        _refuse_to_replace(target, job, month)
        facts = facts_now()
        # What is published already, made from the very same facts and intact.
        made = set(read_manifest(target)["parts"]) if made_from(target, facts) else set()
        if made == set(PARTS) - job.without and not job.only and not job.force:
            say(message("unchanged", period=month.label))
            raise Unchanged
        if job.only and made:
            _copy_outputs(target, folder)
        findings = _build(job, month, folder, say)
        if facts_now() != facts or not _read_as_told(month, facts):
            raise refusal("changed_meanwhile", RunError)
        parts = made | set(job.parts) if job.only else set(job.parts)
        whole = parts == set(PARTS) - job.without
        used = [path for path in (job.data, job.params, job.out) if path]
        ids = partial(_long_ids, month)
        refuse_leaks(folder, job.at_once, totals_of(findings), ids, used)
        ordered = [part for part in PARTS if part in parts]
        write_manifest(folder, {**facts, "parts": ordered, "whole": whole})
        headline = sentences.headline(month).replace("**", "") if params.after_publish else ""
    return target, headline


def _long_ids(month: Month) -> list[str]:
    """Numbers of dossiers that may look like a person's; those of the usual form never do."""
    rows = month.inputs.con.execute(
        "select distinct dossier_id from dossiers where "
        "length(regexp_replace(dossier_id, '[^0-9]', '', 'g')) >= ? and "
        "not regexp_matches(dossier_id, '[A-Z][0-9]{2}[0-9.]*-[0-9]{6}-[0-9]{4,6}$')",
        [SHORTEST_NUMBER],
    )
    return [number for (number,) in rows.fetchall()]


def _refuse_too_many(job: Job, month: Month) -> None:
    """Say before anything is made that no page can hold so many units."""
    if "report" in job.parts and len(month.units) > MOST_UNITS:
        raise refusal("many_units", units=number(len(month.units)), most=MOST_UNITS)


def _refuse_to_replace(target: Path, job: Job, month: Month) -> None:
    """Keep a month of real data from being replaced by one of synthetic data, unless asked to."""
    if job.force or not month.synthetic:
        return
    try:
        there = json.loads((target / "findings.json").read_text("utf-8"))
    except (OSError, ValueError):
        return
    if there.get("synthetic") is False:
        raise refusal("real_stays", period=month.label, data=shown(job.data))


def _read_as_told(month: Month, facts: dict[str, Any]) -> bool:
    """Whether a month was read from the very files and parameters that its facts tell."""
    read = [
        (without_names(s.file), s.sha256, s.exported_at.isoformat()) for s in month.inputs.sources
    ]
    wanted = [(one["file"], one["sha256"], one["exported_at"]) for one in facts["inputs"]]
    return read == wanted and month.params.model_dump(mode="json") == facts["params"]


def _copy_outputs(target: Path, folder: Path) -> None:
    for name in read_manifest(target)["outputs"]:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(target / name, folder / name)


def _build(job: Job, month: Month, folder: Path, say: Say) -> dict[str, Any]:
    """Write every output of the month into `folder`; return the findings."""
    say(f"Tính số liệu {period_label(job.month)}, kỳ {sentences.period_words(month)} ...")
    if "restricted" in job.parts:  # which has all of them in memory anyway
        month.hold()
    findings = write_findings(month, folder, job.at_once)
    papers, tasks = _papers(job, month, folder, say), _tasks(job, month)
    longest, _ = WRITERS["restricted"]
    early = papers.pop(longest, None) if tasks and job.at_once > 1 else None
    try:
        with meanwhile(early):  # it rests on little of what the notebooks do
            if job.engine == "warm" and (tasks or papers):
                warm_up(month)
                issued_changes(month, job.out / ISSUED)  # asks the database for those months, too
            if tasks or papers:
                execute_tasks(tasks, folder / "notebooks", job.jobs, say, job.engine, papers)
    except ForkedDied:
        raise died(longest) from None
    at_once(_pages(job, month, folder, say), job.at_once)
    return findings


def _papers(job: Job, month: Month, folder: Path, say: Say) -> dict[str, Callable[[], object]]:
    """What is written without notebooks: name -> call; a part of the data has no drafts."""
    parts = [part for part in WRITERS if part in job.parts]
    if is_partial(month.params) and set(DRAFTS) & set(job.parts):
        say(message("no_drafts"))
        parts = [part for part in parts if part not in DRAFTS]
    if parts:
        import_module("xlsxwriter")  # once, before processes are forked that write workbooks
    papers: dict[str, Callable[[], object]] = {
        name: partial(write, month, folder) for name, write in map(WRITERS.__getitem__, parts)
    }
    if NOTICES in job.parts and not is_partial(month.params):
        for number, codes in enumerate(shares(list(month.unit_names), job.at_once), 1):
            name = f"phiếu nhắc, phiếu xin lỗi {number}"
            papers[name] = partial(write_notices, month, folder, codes)
    return papers


def _pages(job: Job, month: Month, folder: Path, say: Say) -> list[Callable[[], object]]:
    """Calls that write what rests on executed notebooks."""
    pages: list[Callable[[], object]] = []
    if "report" in job.parts:
        say("Lập trang báo cáo, bản tóm tắt ...")
        pages.append(partial(_write_report_page, job, month, folder))
    if WARDS in job.parts:
        say("Lập phiếu của từng đơn vị ...")
        units = shares(list(month.unit_names), job.at_once)
        pages += [partial(write_sheets, month, folder, footer_of(month), codes) for codes in units]
    return pages


def _write_report_page(job: Job, month: Month, folder: Path) -> None:
    """Write report.html and the same in brief for print."""
    executed = [folder / "notebooks" / f"{name}.ipynb" for name in job.chapters]
    front, first = front_of(month), first_screen_of(month, folder)
    (folder / "report.html").write_text(build_report(executed, front, first), "utf-8")
    (folder / BRIEF_PDF).write_bytes(brief_pdf(month, front, first))


def warm_up(month: Month) -> None:
    """Compute what notebooks will ask for; processes forked from this one find it."""
    for computed in WARM:
        computed(month)
    _ = month.uncovered, month.inputs.notes, motcua.chart  # which loads every chapter
    sentences.compile_words(month.kind, ("shared", "ward"))
    compiled()
    for template in ("ward.svg", "card.html"):
        environment().get_template(template)


def ready_for_others(kind: str) -> None:
    """Have what is forked for other periods find its words compiled and no tables of this one."""
    sentences.compile_words(kind)
    remembered.cache_clear()
    set_apart(again=True)


def _tasks(job: Job, month: Month) -> list[Task]:
    """Notebooks of the job, each with its parameters, those of the wards among them."""
    parameters = {
        "month": job.month,
        "data": str(job.data),
        "params": str(job.params or ""),
        "issued": str(job.out / ISSUED),
    }
    tasks = [Task(name, parameters) for name in job.notebooks]
    return tasks + (sheet_tasks(month, parameters) if WARDS in job.parts else [])


def sheet_tasks(month: Month, parameters: Mapping[str, str]) -> list[Task]:
    """Executions of the sheet's notebook, one per unit of the month.

    Parameters
    ----------
    parameters : month, data, params and issued, as every notebook takes them.

    Examples
    --------
    >>> from motcua import load
    >>> tasks = sheet_tasks(load("2024-01", data="data/sample"), {"month": "2024-01"})
    >>> len(tasks), tasks[0].target, tasks[0].parameters["ward"]
    (30, 'wards/25993', '25993')
    """
    return [
        Task(unchanged.WARD_SHEET, {**parameters, "ward": code}, f"{WARDS}/{name}")
        for code, name in file_names(month.unit_names).items()
    ]


def first_screen_of(month: Month, folder: Path) -> dict[str, Any]:
    """First screen of a month's report, with links to what stands in its folder already."""
    files = {label: name for name, label in FILES.items() if (folder / name).is_file()}
    return first_screen(month, files)


def front_of(month: Month) -> Front:
    """First screen of a month's report."""
    return Front(
        month=month.month,
        start=month.period.start,
        end=month.period.end,
        synthetic=month.synthetic,
        stamp=month.stamp,
        uncovered=month.uncovered,
        partial=is_partial(month.params),
        headline=str(sentences.headline(month)),
        footer={"Cách tính": " ".join(sentences.method_lines(month)), **footer_of(month)},
        issuer=month.params.office,
    )


def footer_of(month: Month) -> dict[str, str]:
    """Foot of every page of a month: heading -> text."""
    exports = [s.exported_at for s in month.inputs.sources if s.kind == "dossiers"]
    return {
        "Nguồn": message("made_from", n=len(month.inputs.sources), day=day(max(exports))),
        "Lập bởi": message("made_by", office=month.params.office, version=motcua.__version__),
    }


def run_watch(
    as_of: date | None,
    data: Path,
    params: Path | None,
    out: Path,
    days: int,
    say: Callable[[str], None] = lambda _: None,
) -> Path:
    """Make OUT/theo-doi/YYYY-MM-DD: index.html, and one page and one list per ward; return it.

    Parameters
    ----------
    as_of : day of looking; None: the day of the newest export.
    days : a dossier due within so many working days is due soon.

    Raises
    ------
    InputError
        Wrong data or parameters, or no dossier by that day.
    RunError
        Another look at the same day is under way, or something personal would be published.
    """
    say(f"Đọc dữ liệu trong {shown(data)} ...")
    month, newest = load_watch(as_of, data, params, lambda name: say(f"  đọc {name}"))
    name, label = f"{month.period.end}", f"Theo dõi ngày {day(month.period.end)}"
    with building(out / WATCHES, name, label) as folder:
        write_watch(month, newest, folder, days)
        used = [path for path in (data, params, out) if path]
        refuse_leaks(folder, ids=partial(_long_ids, month), used=used)
    return out / WATCHES / name


def load_watch(
    as_of: date | None,
    data: Path,
    params: Path | None = None,
    progress: Callable[[str], None] | None = None,
) -> tuple[Month, date]:
    """Month that ends on the day of looking, and the day of the newest export of dossiers.

    Due dates are those of the newest exports, whatever the day knew.

    Parameters
    ----------
    as_of : day of looking; None: the day of the newest export.

    Raises
    ------
    InputError
        No dossier was received by that day.

    Examples
    --------
    >>> from motcua.base.reference import ROOT
    >>> load_watch(date(2024, 1, 10), ROOT / "data" / "sample")[0]
    <Month 2024-01 2023-12-15..2024-01-10, 30 units>
    """
    newest = newest_export(data, load_params("2000-01", params))
    as_of = as_of or newest
    month, start = month_of(as_of, params)
    dates = {"period_start": start, "period_end": as_of}
    watched = load(month, data, params, progress, **dates)
    first = watched.inputs.con.execute("select min(received_at) from dossiers").fetchall()[0][0]
    if not first or first.date() > as_of:
        earliest = message("first_received", day=day(first)) if first else ""
        raise refusal("nothing_yet", day=day(as_of), first=earliest)
    return watched, newest


def newest_export(data: Path, params: Params) -> date:
    """Day of the newest export of dossiers in a data folder.

    Raises
    ------
    InputError
        There is no folder, or no dossier file in it.

    Examples
    --------
    >>> from motcua.base.reference import ROOT
    >>> newest_export(ROOT / "data" / "sample", Params())
    datetime.date(2024, 3, 18)
    """
    if is_store(data):
        return read_meta(data)["exported_at"]
    files = unchanged.dated_files(data, params)
    return max(told.day for kind, _, _, told in files if kind == "dossiers")


def month_of(as_of: date, params: Path | None = None) -> tuple[str, date]:
    """Month whose period holds a day, and the first day of that period.

    Parameters
    ----------
    params : parameter file of every month; by default each month has its own.

    Examples
    --------
    >>> month_of(date(2024, 1, 10)), month_of(date(2024, 1, 15))
    (('2024-01', datetime.date(2023, 12, 15)), ('2024-02', datetime.date(2024, 1, 15)))
    """
    here = f"{as_of:%Y-%m}"
    months = [next_month(here, step) for step in (-1, 0, 1)]
    read = {month: load_params(month, params) for month in months}
    periods = {month: period_of(month, values) for month, values in read.items()}
    usual = {month: rule_period(month, values.period_rule) for month, values in read.items()}
    holding = [m for m, period in periods.items() if period.start <= as_of <= period.end]
    if holding:  # periods may be overridden: the month whose usual end is nearest
        month = min(holding, key=lambda m: abs(usual[m].end - periods[m].end))
        return month, periods[month].start
    month = next(m for m, period in usual.items() if period.start <= as_of <= period.end)
    return month, usual[month].start
