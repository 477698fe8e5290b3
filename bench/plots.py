"""Plots as SVG, without any library: lines over the number of callers, bars for all else."""
import html
import math

from workloads import UNITS

WIDTH, BAR, LEFT, GAP = 760, 18, 270, 6
LINES = ("callers", "redis")  # groups with callers on the x axis
COLOURS = {"entrada": "#1769aa", "raw": "#8a8a8a", "hiredis": "#c77700", "Boost": "#6a4c93"}
DASHES = ("", "6 3", "2 3", "8 3 2 3")


def groups_of(results):
    groups = {}
    for one in results:
        groups.setdefault(one["group"], []).append(one)
    return groups


def draw(results, folder):
    folder.mkdir(parents=True, exist_ok=True)
    for group, members in groups_of(results).items():
        gets = [one for one in members if one["peers"]]
        plot = line_plot if group in LINES and len(gets) > 1 else bar_plot
        (folder / f"{group}.svg").write_text(plot(gets), encoding="utf-8")


def colour(peer):
    return next((value for name, value in COLOURS.items() if peer.startswith(name)), "#555")


def text(x, y, words, weight="normal", anchor="start"):
    return f'<text x="{x:.1f}" y="{y:.1f}" font-weight="{weight}" text-anchor="{anchor}">{html.escape(words)}</text>'


def svg(height, parts):
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height:.0f}" viewBox="0 0 {WIDTH} {height:.0f}" '
            f'font-family="sans-serif" font-size="12"><rect width="100%" height="100%" fill="white"/>\n' + "\n".join(parts) + "\n</svg>\n")


def bar_plot(results):
    """In each workload relative to its longest bar; a thin line shows the spread."""
    parts, top = [], 10
    for result in results:
        figure = result["figures"][0]
        parts.append(text(8, top + 12, f"{result['title']} ({UNITS[figure]})", weight="bold"))
        top += 20
        scale = (WIDTH - LEFT - 90) / (max(found[figure]["highest"] for found in result["peers"].values()) or 1)
        for peer, found in result["peers"].items():
            parts += bar(peer, found[figure], scale, top)
            top += BAR + GAP
        top += 12
    return svg(top, parts)


def bar(peer, found, scale, top):
    length, low, high = (found[name] * scale for name in ("median", "lowest", "highest"))
    middle = top + BAR / 2
    value = f"{found['median']:,.0f}" if found["median"] >= 1000 else f"{found['median']:,.3g}"
    return [text(LEFT - 8, top + 13, peer, anchor="end"),
            f'<rect x="{LEFT}" y="{top}" width="{length:.1f}" height="{BAR}" fill="{colour(peer)}"/>',
            f'<line x1="{LEFT + low:.1f}" y1="{middle}" x2="{LEFT + high:.1f}" y2="{middle}" stroke="black"/>',
            text(LEFT + max(length, high) + 6, top + 13, value)]


class Axes:
    """Both logarithmic: a distance is a ratio."""
    left, right, top, bottom = 64, WIDTH - 250, 30, 330

    def __init__(self, xs, ys):
        self.x_range = math.log(min(xs)), math.log(max(xs))
        self.y_range = math.floor(math.log10(min(ys))), math.ceil(math.log10(max(ys)))

    def x(self, value):
        low, high = self.x_range
        return self.left + (self.right - self.left) * (math.log(value) - low) / (high - low)

    def y(self, value):
        low, high = self.y_range
        return self.bottom - (self.bottom - self.top) * (math.log10(value) - low) / max(high - low, 1)

    def draw(self, xs, unit):
        parts = [text(8, 18, unit, weight="bold"), text(self.right, self.bottom + 34, "in flight", anchor="end")]
        for power in range(self.y_range[0], self.y_range[1] + 1):
            y = self.y(10**power)
            parts += [f'<line x1="{self.left}" y1="{y:.1f}" x2="{self.right}" y2="{y:.1f}" stroke="#ddd"/>',
                      text(self.left - 6, y + 4, f"{10**power:,g}", anchor="end")]
        return parts + [text(self.x(value), self.bottom + 18, str(value), anchor="middle") for value in xs]


def line_plot(results):
    figure = results[0]["figures"][0]
    xs = [one["callers"] for one in results]
    lines = {}
    for one in results:
        for peer, found in one["peers"].items():
            lines.setdefault(peer, []).append((one["callers"], found[figure]["median"]))
    axes = Axes(xs, [y for line in lines.values() for _, y in line])
    parts, used = axes.draw(xs, UNITS[figure]), {}
    for row, (peer, line) in enumerate(lines.items()):
        dash = DASHES[used.setdefault(colour(peer), 0) % len(DASHES)]
        used[colour(peer)] += 1
        style = f'stroke="{colour(peer)}" stroke-width="2" fill="none" stroke-dasharray="{dash}"'
        points = " ".join(f"{axes.x(x):.1f},{axes.y(y):.1f}" for x, y in line)
        legend = axes.top + 20 * row
        parts += [f'<polyline points="{points}" {style}/>', *(marker(axes, point, peer) for point in line),
                  f'<line x1="{axes.right + 12}" y1="{legend}" x2="{axes.right + 40}" y2="{legend}" {style}/>',
                  text(axes.right + 46, legend + 4, peer)]
    return svg(axes.bottom + 46, parts)


def marker(axes, point, peer):
    return f'<circle cx="{axes.x(point[0]):.1f}" cy="{axes.y(point[1]):.1f}" r="3" fill="{colour(peer)}"/>'
