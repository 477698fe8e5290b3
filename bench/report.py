"""Tables for people: on the terminal, and in the documentation."""
import re

from plots import draw, groups_of
from workloads import UNITS

GROUPS = {
    "callers": ("Many callers, one connection: the client's cost", "Client and a server that only counts share one core."),
    "redis": ("Many callers, one connection: throughput", "Redis on the other core."),
    "latency": ("Latency", "Redis on the other core, one connection."),
    "polling": ("Adaptive polling", "Redis on the other core; the client polls for a while before it sleeps."),
    "threads": ("Blocking threads", "Client and a server that only counts share one core; processor time and throughput."),
    "batches": ("Explicit batches", "Client and a server that only counts share one core."),
    "sizes": ("Sizes", "Client and a server that only counts share one core."),
    "tls": ("TLS", "Client and a server that only counts share one core; *raw* is OpenSSL with nothing on top."),
    "turns": ("While tokens turn", "Redis on the other core; the client signs in again each second, or not."),
    "counts": ("Counts", "Of all threads, in steady state."),
    "memory": ("Memory", "Growth of the program's resident memory, divided by the count. What the kernel holds is not in it."),
}
BEGIN, END = "<!-- ./bench/run --docs writes from here -->", "<!-- to here -->"


def number(value):
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}" if value >= 0.001 or value == 0 else "0"


def ratio(value):
    """With enough digits to see on which side of its bound it is."""
    return f"{value:.3f}" if value < 100 else number(value)


def judgement(promise):
    to = " or ".join(promise["to"])
    what = f"{promise['figure']} of {promise['of']}" + (f" / {to}" if to else "")
    bound = f"{'at least' if promise['at_least'] else 'at most'} {number(promise['bound'])}"
    if promise["value"] is None:
        return f"{what}: {bound}, {'nobody to compare with' if promise['kept'] is None else 'MISSED: this build cannot'}"
    return f"{what}: {ratio(promise['value'])} ({bound}: {'kept' if promise['kept'] else 'MISSED'})"


def table(result):
    lines = [f"{result['workload']}: {result['title']}"]
    for peer, found in result["peers"].items():
        for figure in result["figures"]:
            one = found[figure]
            lines.append(f"  {peer:<34} {number(one['median']):>12}   {number(one['lowest'])} to {number(one['highest'])} {UNITS[figure]}")
    return "\n".join(lines + ["  " + judgement(promise) for promise in result["promises"]])


def summary_line(report):
    promises = [promise for one in report["results"] for promise in one["promises"]]
    count = {kept: sum(promise["kept"] is kept for promise in promises) for kept in (True, False, None)}
    return f"{count[True]} promises kept, {count[False]} missed, {count[None]} without a peer to compare with;"


def write_docs(report, file):
    """Replaces what lies between the two marks, and draws the plots into a folder named as the file."""
    text = file.read_text(encoding="utf-8")
    if BEGIN not in text or END not in text:
        raise SystemExit(f"{file} lacks the lines {BEGIN!r} and {END!r}")
    folder = file.with_suffix("")
    draw(report["results"], folder)
    generated = f"{BEGIN}\n\n{markdown(report, folder.name)}\n{END}"
    file.write_text(re.sub(re.escape(BEGIN) + ".*?" + re.escape(END), lambda _: generated, text, flags=re.S), encoding="utf-8")


def markdown(report, folder):
    machine = report["machine"]
    parts = [f"{report['date']}, revision {report['revision']}: {machine['processor']}, {machine['cores']} cores, {machine['system']}; "
             f"{machine['compiler']}; {machine['redis'].split(' malloc')[0]}; hiredis {machine['hiredis']}. Load before: {machine['load']}. "
             f"Medians of {report['rounds']} rounds; in brackets the lowest and the highest round.\n"]
    for group, results in groups_of(report["results"]).items():
        title, setting = GROUPS[group]
        parts.append(f"### {title}\n\n{setting}\n\n![{title}]({folder}/{group}.svg)\n")
        parts += [markdown_table(results), ""]
    return "\n".join(parts)


def markdown_table(results):
    lines = []
    for figure in results[0]["figures"]:
        shown = [one for one in results if figure in one["figures"]]
        peers = list(dict.fromkeys(peer for one in shown for peer in one["peers"]))
        lines += [f"| {UNITS[figure]} | " + " | ".join(peers) + " | promised |", "|---" * (len(peers) + 2) + "|"]
        for one in shown:
            cells = [cell(one["peers"][peer][figure]) if peer in one["peers"] else "" for peer in peers]
            promises = "; ".join(promise_cell(promise) for promise in one["promises"] if promise["figure"] == figure)
            lines.append(f"| {one['title']} | " + " | ".join(cells) + f" | {promises} |")
        lines.append("")
    return "\n".join(lines)


def cell(found):
    return f"{number(found['median'])} ({number(found['lowest'])}–{number(found['highest'])})"


def promise_cell(promise):
    others = f" × {' or '.join(promise['to'])}" if promise["to"] else ""
    bound = f"{'≥' if promise['at_least'] else '≤'} {number(promise['bound'])}{others}"
    if promise["value"] is None:
        return f"{bound}: not {'measured' if promise['kept'] is None else 'there yet'}"
    return f"{bound}: {ratio(promise['value'])}{'' if promise['kept'] else ', **missed**'}"
