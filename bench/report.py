"""Tables for people and plots for the documentation."""
import html

WIDTH, BAR, LEFT, GAP = 760, 18, 330, 6
COLOURS = {"entrada": "#1769aa", "raw": "#9e9e9e", "hiredis": "#c77700", "boost": "#6a4c93", "other": "#5b8c5a"}


def unit(figure):
    return "operations per second" if figure == "per_second" else "µs of processor time per operation"


def table(result):
    figure = result["figure"]
    lines = [f"{result['title']} ({unit(figure)})"]
    for peer, found in result["peers"].items():
        lines.append(f"  {peer:<20} {found[figure]:>14,.3f}   from {found['lowest']:,.3f} to {found['highest']:,.3f}")
    for promise in result["promises"]:
        bound = f"{'at least' if promise['at_least'] else 'at most'} {promise['bound']}"
        lines.append(f"  ratio to {promise['to']}: {promise['ratio']:.2f} ({bound}: {'kept' if promise['kept'] else 'MISSED'})")
    return "\n".join(lines)


def draw(results, folder):
    for figure in ("cpu_us", "per_second"):
        chosen = [one for one in results if one["figure"] == figure]
        if chosen:
            (folder / f"{figure}.svg").write_text(plot(chosen, figure), encoding="utf-8")


def plot(results, figure):
    """Bars of every peer, in each workload relative to the longest one."""
    parts, top = [], 30
    for result in results:
        parts.append(text(0, top + 12, result["title"], weight="bold"))
        top += 20
        longest = max(found[figure] for found in result["peers"].values())
        for peer, found in result["peers"].items():
            length = (WIDTH - LEFT - 120) * found[figure] / longest
            colour = COLOURS.get(peer.split("-")[0].split("_")[0], "#555")
            parts.append(text(LEFT - 200, top + 13, peer))
            parts.append(f'<rect x="{LEFT - 60}" y="{top}" width="{length:.1f}" height="{BAR}" fill="{colour}"/>')
            parts.append(text(LEFT - 52 + length, top + 13, f"{found[figure]:,.3g}"))
            top += BAR + GAP
        top += 12
    head = text(0, 14, unit(figure))
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{top}" font-family="sans-serif" font-size="12">'
            f'<rect width="100%" height="100%" fill="white"/>{head}{"".join(parts)}</svg>\n')


def text(x, y, words, weight="normal"):
    return f'<text x="{x:.1f}" y="{y}" font-weight="{weight}">{html.escape(words)}</text>'
