// Charts: the value under the pointer, the same by arrow keys, and a day that
// opens on click or Enter. Values are read from the table beneath a chart, so
// no number is sent twice. Listeners sit on the document: what htmx swaps in
// works at once.
"use strict";

(() => {
	const PLOT = "[data-plot]";
	const STATES = { r: "received", l: "late", m: "missing", f: "failing", ".": "not expected" };
	let shown = null; // { plot, day, row } that is on show
	let before = null; // what was on show when the pointer went down

	// A chart as the rest sees it: how many days and rows it has, the drawing
	// of a row, the link of a day and the lines of its tip.
	function chart(plot) {
		return plot.dataset.plot === "grid" ? gridChart(plot) : trendChart(plot);
	}

	function trendChart(plot) {
		const inside = plot.closest("[data-chart]")?.querySelector("table");
		const table = inside || document.querySelector("[data-testid=trend-table]");
		const rows = table ? [...table.tBodies[0].rows] : [];
		return {
			days: rows.length,
			rows: 1,
			drawing: () => plot.querySelector("svg"),
			link: (day) => rows[day].querySelector("a"),
			lines: (day) => trendLines(table, rows[day]),
		};
	}

	function trendLines(table, row) {
		const [head, ...cells] = row.cells;
		const heads = table.tHead.rows[0].cells;
		const note = head.querySelector("small");
		const date = (head.querySelector("a") || head.firstChild).textContent.trim();
		const lines = [{ head: date }];
		for (const cell of cells) {
			const text = cell.textContent.trim();
			if (cell.colSpan > 1) {
				lines.push({ note: text });
				continue;
			}
			const of = heads[cell.cellIndex];
			if (of.dataset.class && text === "0") continue;
			lines.push({ name: of.textContent.trim(), value: text, colour: of.dataset.class });
		}
		if (note) lines.push({ note: note.textContent.trim() });
		return lines;
	}

	function gridChart(plot) {
		const rows = [...plot.querySelectorAll("[data-states]")];
		return {
			days: Number(plot.dataset.days),
			rows: rows.length,
			drawing: (row) => rows[row].querySelector(".strip"),
			link: () => null,
			lines: (day, row) => {
				const date = new Date(`${plot.dataset.from}T00:00:00Z`);
				date.setUTCDate(date.getUTCDate() + day);
				const format = { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" };
				return [
					{ head: date.toLocaleDateString("en-GB", format) },
					{ name: rows[row].cells[0].textContent.trim(), value: STATES[rows[row].dataset.states[day]] },
				];
			},
		};
	}

	function show(plot, day, row) {
		if (shown && (shown.plot !== plot || !shown.plot.isConnected)) hide();
		const c = chart(plot);
		if (!c.days || !c.rows) return;
		day = clamp(day, c.days);
		row = clamp(row, c.rows);
		if (shown && shown.day === day && shown.row === row) return;
		shown = { plot, day, row };
		const tip = tipOf(plot);
		tip.replaceChildren(...c.lines(day, row).map(line));
		tip.hidden = false;
		unpoint(plot);
		place(plot, c.drawing(row), tip, (day + 0.5) / c.days, c.days);
	}

	function clamp(i, n) {
		return Math.min(Math.max(i, 0), n - 1);
	}

	function tipOf(plot) {
		let tip = plot.querySelector(".chart-tip");
		if (!tip) {
			tip = document.createElement("div");
			tip.className = "chart-tip";
			tip.setAttribute("role", "status");
			plot.append(tip);
		}
		return tip;
	}

	function line({ head, name, value, colour, note }) {
		const p = document.createElement("p");
		if (head || note) {
			p.className = head ? "tip-head" : "tip-note";
			p.textContent = head || note;
			return p;
		}
		const label = document.createElement("span");
		const number = document.createElement("b");
		label.textContent = name;
		if (colour) label.className = `tip-type ${colour}`;
		number.textContent = value;
		p.append(label, " ", number);
		return p;
	}

	// The tip stands beside the day, on the side with more room.
	function place(plot, drawing, tip, part, days) {
		const box = drawing.getBoundingClientRect();
		const frame = plot.getBoundingClientRect();
		const x = box.left - frame.left + part * box.width;
		const right = x + 12;
		const left = x - 12 - tip.offsetWidth;
		const at = part < 0.5 ? right : left;
		tip.style.left = `${Math.max(0, Math.min(at, frame.width - tip.offsetWidth))}px`;
		tip.style.top = plot.dataset.plot === "grid" ? `${box.bottom - frame.top + 4}px` : "20px";
		point(drawing, part, days);
	}

	// A line through the day, or in a strip a frame around it.
	function point(drawing, part, days) {
		const line = drawing.querySelector("line.cursor");
		if (line) {
			line.setAttribute("x1", `${part * 100}%`);
			line.setAttribute("x2", `${part * 100}%`);
			line.setAttribute("visibility", "visible");
			return;
		}
		const frame = document.createElementNS("http://www.w3.org/2000/svg", "rect");
		frame.setAttribute("class", "cursor");
		frame.setAttribute("x", `${(part - 0.5 / days) * 100}%`);
		frame.setAttribute("width", `${100 / days}%`);
		frame.setAttribute("height", "100%");
		drawing.append(frame);
	}

	function hide() {
		if (!shown) return;
		const tip = shown.plot.querySelector(".chart-tip");
		if (tip) tip.hidden = true;
		unpoint(shown.plot);
		shown = null;
	}

	function unpoint(plot) {
		plot.querySelector("line.cursor")?.setAttribute("visibility", "hidden");
		plot.querySelector("rect.cursor")?.remove();
	}

	// The day and row that the pointer is over, or null beside the drawing.
	function under(plot, event) {
		const c = chart(plot);
		for (let row = 0; row < c.rows; row++) {
			const box = c.drawing(row).getBoundingClientRect();
			if (c.rows > 1 && (event.clientY < box.top || event.clientY > box.bottom)) continue;
			const day = Math.floor(((event.clientX - box.left) / box.width) * c.days);
			if (day >= 0 && day < c.days) return { day, row };
		}
		return null;
	}

	function plotOf(node) {
		return node instanceof Element ? node.closest(PLOT) : null;
	}

	function follow(event) {
		const plot = plotOf(event.target);
		const at = plot && under(plot, event);
		if (at) show(plot, at.day, at.row);
		else if (shown && shown.plot !== document.activeElement) hide();
	}

	document.addEventListener("pointermove", follow, { passive: true });
	document.addEventListener("pointerdown", (event) => {
		before = shown;
		follow(event);
	}, { passive: true });
	document.documentElement.addEventListener("pointerleave", (event) => {
		if (event.pointerType === "mouse") hide(); // a lifted finger leaves, too
	});

	// A finger has no hover: its first tap shows a day, the second opens it.
	document.addEventListener("click", (event) => {
		const plot = plotOf(event.target);
		const at = plot && under(plot, event);
		if (!at || chart(plot).rows > 1) return;
		if (event.pointerType === "touch" && before?.day !== at.day) return;
		chart(plot).link(at.day)?.click();
	});

	document.addEventListener("focusin", (event) => {
		const plot = event.target.matches?.(PLOT) ? event.target : null;
		if (plot && shown?.plot !== plot && plot.matches(":focus-visible")) show(plot, Infinity, 0);
	});
	document.addEventListener("focusout", (event) => {
		if (shown && event.target === shown.plot) hide();
	});

	const STEPS = {
		ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1],
		PageUp: [-7, 0], PageDown: [7, 0], Home: [-Infinity, 0], End: [Infinity, 0],
	};

	// In the capture phase, so that the page's own keys leave a focused chart alone.
	document.addEventListener("keydown", (event) => {
		const plot = event.target;
		if (!(plot instanceof Element) || !plot.matches(PLOT)) return;
		if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
		if (event.key === "Escape") return hide();
		const c = chart(plot);
		if (event.key === "Enter" && shown?.plot === plot) return c.link(shown.day)?.click();
		const step = STEPS[event.key];
		if (!step || (step[1] && c.rows < 2)) return;
		event.preventDefault();
		event.stopPropagation();
		const from = shown?.plot === plot ? shown : { day: c.days, row: 0 };
		show(plot, from.day + step[0], from.row + step[1]);
	}, true);
})();
