"""Command line: `motcua run`, check, watch and the others (`motcua help`). For people.

Exit codes: 0 done, 1 a notebook or an output failed, 2 wrong input or parameters; 130 after Ctrl+C,
143 when the system stopped the run (SIGTERM).
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import re
import shlex
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from functools import partial
from html import escape
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from motcua import __version__
from motcua.base import calendar
from motcua.base.errors import InputError, MotcuaError, ParameterError, did_you_mean
from motcua.base.reference import KINDS, RESOURCES, ROOT, message, read_yaml, refusal, shown
from motcua.base.vietnamese import bare_key, day, upper_first
from motcua.machine.progress import Teller, speak_anywhere, steps, worded

if TYPE_CHECKING:
    from motcua.base.params import Params
    from motcua.reading.exports import Dated
    from motcua.running.run import Job

TYPES = {"int": int, "path": Path, "period": calendar.check_month, "periods": calendar.months_of}
MOST_TOLD = 20  # wrong values that `check` shows
MONTHS_AT_ONCE = 2  # of a range; each takes the memory of one
STOPPED = 130  # what a shell expects after Ctrl+C
EXAMPLES = RESOURCES / "docs" / "examples"
_say = Teller()


class _Parser(argparse.ArgumentParser):
    """Parser that speaks Vietnamese, and whose complaints end with exit code 2."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, add_help=False, **options)
        self._positionals.title, self._optionals.title = "Tham số", "Tùy chọn"
        self.add_argument("-h", "--help", action="help", help="hiện hướng dẫn này")

    def format_help(self) -> str:
        return super().format_help().replace("usage:", "Cách dùng:", 1)

    def error(self, message: str) -> NoReturn:
        wrong = re.search(r"invalid choice: '(.*)' \(choose from (.*)\)", message)
        near = did_you_mean(wrong[1], re.findall(r"[\w-]+", wrong[2])) if wrong else ""
        for english, vietnamese in read_yaml("terms")["argparse"].items():
            message = message.replace(english, vietnamese)
        raise refusal("bad_command", ParameterError, fault=message, near=near, prog=self.prog)


def main(argv: list[str] | None = None) -> int:
    """Run a command; return the exit code.

    As the command of a shell it ends without taking down all that is loaded, which takes 0.3 s.
    """
    code, script = _main(argv), Path(sys.argv[0])
    is_command = script.stem == "motcua" or script.parts[-2:] == ("motcua", "__main__.py")
    if argv is not None or not is_command:
        return code
    for database in getattr(sys.modules.get("motcua.reading.store"), "OPEN", ()):
        database.close()  # and remove what it put on the disk
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:  # nobody reads on
        code = code or 1
    os._exit(code)


def _main(argv: list[str] | None) -> int:
    speak_anywhere()
    try:
        parser = _parser()
        if "_ARGCOMPLETE" in os.environ:  # a shell asks what may follow
            import argcomplete

            argcomplete.autocomplete(parser)
        args = parser.parse_args(argv)
        return args.command(args) or 0
    except KeyboardInterrupt as stop:
        _say(message("stopped"))
        return getattr(stop, "exit_code", STOPPED)
    except BrokenPipeError:
        return 1
    except Exception as error:
        return _failed(error)


def _failed(error: Exception, where: str = "Lỗi") -> int:
    """Say what failed, without a traceback; return the exit code."""
    if isinstance(error, MotcuaError):
        _say(f"{where}: {error}")
        return error.exit_code
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryException":  # DuckDB's
        _say(message("out_of_memory", where=where))
    else:
        what = f"{type(error).__name__}: {str(error)[:300]}"
        _say(message("unforeseen", where=where, what=what))
    return 1


def _parser() -> argparse.ArgumentParser:
    """Parser of what commands.yaml lists; each command is the function of its name here."""
    parser = _Parser(prog="motcua", description="Báo cáo tháng về giải quyết hồ sơ một cửa.")
    commands = parser.add_subparsers(required=True, metavar="LỆNH", parser_class=_Parser)
    parser.add_argument("--version", action="version", version=__version__, help="số phiên bản")
    for name, entry in read_yaml("commands").items():
        command = commands.add_parser(name, help=entry["help"])
        for argument, options in entry["takes"].items():
            types = {"type": TYPES[options["type"]]} if "type" in options else {}
            command.add_argument(argument, **options | types)
        command.set_defaults(command=globals()[f"_{name}"])
    return parser


def _run(args: argparse.Namespace) -> int:
    if args.jobs is not None and args.jobs < 1:
        raise refusal("few_jobs", ParameterError, jobs=args.jobs)
    if args.only:
        _job(args.months[0], args)  # a wrong name is wrong for all of them
    if len(args.months) > 1:
        return _run_all(args.months, args)
    _run_one(args.months[0], args)
    return 0


def _job(month: str, args: argparse.Namespace) -> Job:
    from motcua.machine.processes import much_made

    with much_made():  # modules
        from motcua.running.run import make_job

    options = (args.data, args.params, args.out, args.jobs, args.only, args.force, args.engine)
    return make_job(month, *options)


def _run_one(month: str, args: argparse.Namespace) -> None:
    """Run a month, or see quickly that there is no need to."""
    folder = None if args.only or args.force else _current(month, args)
    if folder:
        _say(message("unchanged", period=upper_first(calendar.period_label(month))))
    else:
        job = _job(month, args)
        from motcua.machine.processes import is_forked, set_apart
        from motcua.running.run import run_month

        set_apart(again=month != args.months[0] and not is_forked())
        folder = run_month(job, say=_say)
    page = folder / "report.html"
    print(page if page.is_file() else folder / "findings.json", flush=True)


def _places(args: argparse.Namespace) -> tuple[Path, Path | None, Path]:
    """Data folder, parameter file and output folder that the options name."""
    from motcua.reading.exports import default_data, find_path

    data = (find_path(args.data) if args.data else default_data()).resolve()
    params = find_path(args.params).resolve() if args.params else None
    return data, params, _out(args)


def _out(args: argparse.Namespace) -> Path:
    return Path(args.out).resolve() if args.out else ROOT / "outputs"


def _current(month: str, args: argparse.Namespace) -> Path | None:
    """Folder of a month that needs no run."""
    from motcua.running.unchanged import is_current

    data, params, out = _places(args)
    return out / month if is_current(month, params, data, out) else None


def _run_all(months: list[str], args: argparse.Namespace) -> int:
    """Run each month whatever befell the others; 2 when wrong input is all that failed."""
    failed: dict[str, int] = {}
    args.jobs = args.jobs or os.cpu_count() or 1
    many = _at_once(args) if len(months) > 2 else 1  # noqa: PLR2004  # the first is made alone
    with (
        steps(_say if _say.watched else None, months, "Lập báo cáo", at_once=many) as done,
        contextlib.closing(_each(months, args, many)) as each,
    ):
        for month, code in each:
            failed |= {month: code} if code else {}
            done(month)
    words = message("done", done=len(months) - len(failed), of=len(months))
    _say(calendar.of_kind(words, calendar.kind_of(months[0])))
    if failed:
        _say(message("not_done", months=", ".join(filter(failed.get, months))))
    return min(failed.values(), default=0)


def _at_once(args: argparse.Namespace) -> int:
    """How many months are made at the same time, each in a process of its own."""
    from motcua.machine.processes import can_fork

    is_warm = can_fork() and args.engine != "plain"
    return min(MONTHS_AT_ONCE, args.jobs) if is_warm else 1


def _each(months: list[str], args: argparse.Namespace, many: int) -> Iterator[tuple[str, int]]:
    """Exit code of each month; `many` are made at once where that is more than one.

    The first is made here: the others find loaded and read what it has loaded and read.
    """
    from motcua.machine.processes import put_off
    from motcua.pages.index import write_index

    for month in months[:1] if many > 1 else months:
        yield month, _try(month, args)
    if many > 1:
        if "motcua.running.run" in sys.modules:  # the first was not just found unchanged
            from motcua.running.run import ready_for_others

            ready_for_others(calendar.kind_of(months[0]))
        share = argparse.Namespace(**vars(args) | {"jobs": args.jobs // many})
        with put_off() as stops, stops.heard():
            yield from _each_apart(months[1:], share, many)
        write_index(_out(args))  # two that were published at once may not have seen each other


def _each_apart(left: list[str], args: argparse.Namespace, many: int) -> Iterator[tuple[str, int]]:
    """Exit code of each month in its turn, `many` made at once in processes of their own."""
    from motcua.machine.processes import FOREVER, ForkedDied, run_forked
    from motcua.running.execute import died

    while left:
        calls = [partial(_apart, partial(_try, month, args)) for month in left]
        answers, said = {}, 0
        try:
            with contextlib.closing(run_forked(calls, many, FOREVER, gently=True)) as parts:
                for place, answer in parts:
                    answers[place] = answer
                    while said in answers:
                        yield left[said], _tell(*answers[said])
                        said += 1
        except ForkedDied as error:  # the others go on from the next round
            (lost,), name = error.args, calendar.as_written(left[error.args[0]])
            answers[lost] = _apart(partial(_failed, died(name), f"Lỗi {name}"))
        for place in sorted(answers)[said:]:
            yield left[place], _tell(*answers[place])
        left = [month for place, month in enumerate(left) if place not in answers]


def _tell(code: int, out: str, told: str) -> int:
    """Exit code of a month made apart, when what it wrote was written."""
    _say(told.removesuffix("\n"))
    print(out, end="", flush=True)
    return code


def _apart(call: Callable[[], int]) -> tuple[int, str, str]:
    """Exit code that a call gives, and what it wrote on both streams."""
    with (
        contextlib.redirect_stdout(io.StringIO()) as out,
        contextlib.redirect_stderr(io.StringIO()) as told,
    ):
        code = call()
    return code, out.getvalue(), told.getvalue()


def _try(month: str, args: argparse.Namespace) -> int:
    """Exit code of a month, whatever befalls it."""
    try:
        _run_one(month, args)
    except BrokenPipeError:
        raise
    except Exception as error:
        return _failed(error, f"Lỗi {calendar.as_written(month)}")
    return 0


def _check(args: argparse.Namespace) -> None:
    from motcua.base.params import load_params

    params = load_params("2000-01", args.params)
    for path in args.paths:
        if not os.path.lexists(path):
            raise refusal("not_there", path=path)
        (_check_folder if path.is_dir() else _check_file)(path, params)


def _check_folder(path: Path, params: Params) -> None:
    """Read a data folder and say what was read."""
    from motcua.reading.inputs import load_inputs, quality_of

    inputs = load_inputs(path, params)
    for source in inputs.sources:
        _say_read(source.file, source.kind, source.rows, source.kept, source.dated)
    _say_wrong(inputs.notes, inputs.problems)
    print(message("all_read", **quality_of(inputs)))


def _check_file(path: Path, params: Params) -> None:
    """Read one file and say what was read."""
    from motcua.reading.exports import dated
    from motcua.reading.inputs import notes_of

    kind, checked, tables = _read_file(path, params)
    on = dated(path, params, stated=lambda: tables[0].stated)
    _say_read(path.name, kind, checked.rows, len(checked.kept), on)
    problems = checked.problems.assign(file=path.name + checked.problems["sheet"])
    _say_wrong([f"{path.name}: {note}" for note in notes_of(tables)], problems)


def _say_read(name: str, kind: str, rows: int, kept: int, on: Dated) -> None:
    values = {"rows": rows, "kept": kept, "aside": rows - kept, "day": day(on.day), "by": on.words}
    print(message("was_read", name=name, kind=kind, **values))


def _say_wrong(notes: Iterable[str], problems: Any) -> None:
    """Say what a reader must know, and the first of the wrong values."""
    from motcua.base.reference import REASON_LABELS
    from motcua.reading.rows import expected

    for note in notes:
        print(f"  {message('note', note=note)}")
    for p in problems.head(MOST_TOLD).to_dict("records"):
        p |= {"why": REASON_LABELS[p["reason"]], "wanted": expected(p["reason"], p["hint"])}
        print(f"  {message('problem', **p)}")
    if (more := len(problems) - MOST_TOLD) > 0:
        print(f"  {message('more_problems', more=more)}")


def _read_file(path: Path, params: Any) -> tuple[str, Any, Any]:
    """Kind, rows and tables of one file, read by the kind of its folder, else by what fits."""
    from motcua.reading.inputs import read_export

    kinds = [home] if (home := path.parent.name.casefold()) in KINDS else list(KINDS)
    first: MotcuaError | None = None
    for kind in kinds:
        try:
            by_event, tables = read_export(path, kind, params)
            return kind, by_event[params.completion_event], tables
        except InputError as error:
            first = first or error
    raise first


def _sample(args: argparse.Namespace) -> None:
    from motcua_sample.make import make_sample

    if args.per_month < 1:
        raise refusal("few_dossiers", ParameterError, dossiers=args.per_month)
    months = [month for period in args.months or () for month in calendar.months_in(period)]
    wanted = (months[0], months[-1]) if months else None
    more = {"profile": args.profile, "progress": _say}
    folder = args.directory or ROOT / "data" / "sample"
    files = make_sample(folder, wanted, args.per_month, args.seed, **more)
    print(message("sample_made", files=len(files), folder=shown(folder)))


def _profile(args: argparse.Namespace) -> None:
    """Write a starting profile beside the parameters, never over one that is there."""
    from motcua.reading.header import starting_profile

    target = ROOT / "params" / "profiles" / f"{Path(args.name).name}.yaml"
    if target.exists():
        raise refusal("profile_there", file=shown(target))
    text = starting_profile(target.stem, args.data)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, "utf-8")
    print(shown(target))


def _prepare(args: argparse.Namespace) -> None:
    from motcua.base.params import load_params
    from motcua.reading.inputs import prepare

    params = load_params("2000-01", args.params)
    print(prepare(args.data, args.store, params, progress=worded(_say, "  đọc {}")))


def _verify(args: argparse.Namespace) -> int:
    from motcua.machine.files import verify

    differences = verify(args.directory)
    for line in differences:
        print(line, file=sys.stderr)
    if not differences:
        print(message("verified", folder=args.directory))
    return int(bool(differences))


def _pack(args: argparse.Namespace) -> None:
    from motcua.running.pack import pack_month

    for path in pack_month(_out(args), args.month):
        print(path)


def _watch(args: argparse.Namespace) -> None:
    from motcua.measures.ward import MOST_DAYS
    from motcua.running.run import run_watch

    if not 0 <= args.days <= MOST_DAYS:
        raise refusal("bad_days", ParameterError, days=args.days, most=MOST_DAYS)
    data, params, out = _places(args)
    as_of = _day(args.as_of, "--as-of") if args.as_of else None
    print(run_watch(as_of, data, params, out, args.days, _say) / "index.html")


def _corrections(args: argparse.Namespace) -> None:
    from motcua.machine.files import write_at_once
    from motcua.measures.month import load, refuse_uncovered
    from motcua.papers.restricted import corrections_xlsx

    data, params, _ = _places(args)
    path = args.out or data / "corrections" / f"dieu-chinh-{args.month}.xlsx"
    if path.exists():
        raise refusal("corrections_there", path=path)
    loaded = load(args.month, data=data, params=params)
    refuse_uncovered(loaded)
    content = corrections_xlsx(loaded)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_at_once(path, content)
    print(path)


def _issue(args: argparse.Namespace) -> None:
    from motcua.measures.issued import issue_month
    from motcua.pages.index import write_index

    out = _out(args)
    on = _day(args.date, "--date") if args.date else None
    print(issue_month(args.month, out, args.number, on, force=args.force))
    write_index(out)


def _day(written: str, option: str) -> date:
    """Day of "24/01/2024" or "2024-01-24"."""
    for form in ("%d/%m/%Y", "%Y-%m-%d"):
        with contextlib.suppress(ValueError):
            return datetime.strptime(written, form).date()
    raise refusal("bad_day", ParameterError, option=option, written=written)


def _init(args: argparse.Namespace) -> None:
    """Make the folders of a new office, with what it reads first."""
    folder = args.folder.resolve()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise refusal("folder_there", folder=folder)
    shutil.copytree(EXAMPLES / "van-phong", folder, dirs_exist_ok=True)
    for name in (*(f"data/raw/{kind}" for kind in KINDS), "outputs", "lich"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    quoted = {".cron": shlex.quote, ".xml": escape, ".ps1": lambda path: path.replace("'", "''")}
    for example in sorted((EXAMPLES / "lich").iterdir()):
        here = quoted.get(example.suffix, str)(str(folder))
        text = example.read_text("utf-8").replace(r"C:\motcua\motcua.", r"C:\motcua\lich\motcua.")
        text = text.replace("/opt/motcua", here).replace(r"C:\motcua", here)
        letters = "utf-8-sig" if example.suffix == ".ps1" else "utf-8"  # as PowerShell asks
        (folder / "lich" / example.name).write_text(text, letters)
    print(folder / "README.md")


def _explain(args: argparse.Namespace) -> None:
    """Say what docs/terms.md says of a word, a column or a key; without one, which there are."""
    words, terms = " ".join(args.words), _terms()
    if not words:
        print("\n".join(f"{names[-1]}: {names[0]}" for names in terms))
        return
    fits = (str.__eq__, str.startswith, str.__contains__)
    near = (n for fit in fits for n in terms if any(fit(bare_key(k), bare_key(words)) for k in n))
    first, *others = [*dict.fromkeys(near)] or [()]
    if not first:
        hint = did_you_mean(words, [name for names in terms for name in names])
        raise refusal("no_term", ParameterError, words=words, hint=hint)
    print(f"{first[0]} ({', '.join(first[1:])})" if first[1:] else first[0])
    for heading, text in terms[first].items():
        print(f"  {heading}: {text}")
    if others:
        print(message("see_also", terms=", ".join(names[0] for names in others)))


def _terms() -> dict[tuple[str, ...], dict[str, str]]:
    """Names of each term, the Vietnamese one first -> heading -> what docs/terms.md says of it."""
    terms: dict[tuple[str, ...], dict[str, str]] = {}
    lines = (RESOURCES / "docs" / "terms.md").read_text("utf-8").splitlines()
    for is_table, rows in groupby(lines, key=lambda line: line.startswith("|")):
        if not is_table:
            continue
        heads, _, *entries = ([c.strip() for c in row.strip("| ").split(" | ")] for row in rows)
        for name, *cells in entries:
            plain = [re.sub(r"`|\[([^]]*)\]\([^)]*\)", r"\1", cell) for cell in cells]
            names = (name, *re.findall(r"`(\w+)`", cells[0]))
            terms[names] = dict(zip(heads[1:], plain, strict=False))
    return terms


def _help(args: argparse.Namespace) -> None:
    _parser().parse_args([*filter(None, [args.topic]), "--help"])
