// Keyboard: an element with data-key is focused (fields) or clicked (links and
// buttons) by its key. Escape and a click elsewhere close open menus.
"use strict";

document.addEventListener("keydown", (event) => {
	if (event.key === "Escape") {
		closeMenus(null);
		return;
	}
	if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
	if (event.target.closest("input, select, textarea, [contenteditable]")) return;
	const element = visible(`[data-key="${CSS.escape(event.key.toLowerCase())}"]`);
	if (!element) return;
	event.preventDefault();
	if (element.matches("input")) element.focus();
	else element.click();
});

document.addEventListener("click", (event) => closeMenus(event.target));

function visible(selector) {
	return [...document.querySelectorAll(selector)].find((e) => e.checkVisibility());
}

function closeMenus(target) {
	for (const menu of document.querySelectorAll("details.drop[open]")) {
		if (target && menu.contains(target)) continue;
		if (!target && menu.contains(document.activeElement)) menu.querySelector("summary").focus();
		menu.open = false;
	}
}

// The switch of light and dark leads back to the page as it is now: htmx changes
// the address and leaves the bar with its form alone.
document.addEventListener("submit", (event) => {
	if (event.target.matches('form[action="/theme"]')) event.target.elements.next.value = location.pathname + location.search;
}, true);

// What htmx takes away may have had the focus, such as a filter that is removed:
// the panel that it stood in has it then, or else the content.
let focused = null;

document.addEventListener("htmx:before:swap", () => { focused = document.activeElement; });
document.addEventListener("htmx:after:swap", () => {
	if (!focused || focused.isConnected || document.activeElement !== document.body) return;
	(document.querySelector("main .waits[tabindex]") ?? document.querySelector("main")).focus({ preventScroll: true });
});
