// Copy buttons. Without this script they stay hidden and the text beside them
// is selected whole by one click.
"use strict";
document.documentElement.classList.add("js");

// byHand copies where the clipboard API is missing: on plain http.
function byHand(text) {
	const area = document.createElement("textarea");
	area.value = text;
	area.className = "sr";
	document.body.append(area);
	area.select();
	const done = document.execCommand("copy");
	area.remove();
	return done;
}

async function copy(text) {
	try {
		await navigator.clipboard.writeText(text);
		return true;
	} catch {
		return byHand(text);
	}
}

document.addEventListener("click", async (event) => {
	const button = event.target.closest("[data-copy]");
	if (!button) return;
	const word = button.querySelector("[data-word]");
	const before = word.textContent;
	word.textContent = (await copy(button.dataset.copy)) ? "copied" : "press Ctrl+C";
	button.focus();
	setTimeout(() => { word.textContent = before; }, 1600);
});
