// Upload forms (data-upload): a bar shows how much has been sent, then the
// answer takes the place of the page's content. Without this script the form
// is sent as any other.
"use strict";

document.addEventListener("submit", (event) => {
	const form = event.target.closest("form[data-upload]");
	if (!form || event.defaultPrevented) return;
	event.preventDefault();
	send(form);
});

function send(form) {
	const say = progressOf(form);
	const request = new XMLHttpRequest();
	request.open("POST", form.action);
	request.responseType = "document";
	request.upload.addEventListener("progress", (event) => {
		if (event.lengthComputable) say(event.loaded, event.total);
	});
	request.addEventListener("load", () => show(request, form));
	request.addEventListener("error", () => {
		say.stop("The upload broke off before its end. Send the files again; nothing counts twice.");
	});
	form.querySelector("[type=submit]").disabled = true;
	say(0, 1);
	request.send(new FormData(form));
}

// progressOf gives a func that draws how far the upload is.
function progressOf(form) {
	const box = form.querySelector("[data-upload-progress]");
	const bar = box.querySelector("progress");
	const text = box.querySelector("[data-upload-text]");
	const say = (sent, total) => {
		const percent = Math.floor((sent / total) * 100);
		box.hidden = false;
		bar.hidden = false;
		bar.value = percent;
		text.textContent = percent < 100 ? `${percent} % of ${size(total)} sent` : "Sent. The reports are being read";
		if (percent === 100) bar.removeAttribute("value");
	};
	say.stop = (sentence) => {
		bar.hidden = true;
		text.textContent = sentence;
		form.querySelector("[type=submit]").disabled = false;
	};
	return say;
}

function size(bytes) {
	if (bytes < 1 << 20) return `${Math.ceil(bytes / 1024)} KiB`;
	return `${(bytes / (1 << 20)).toFixed(1)} MiB`;
}

function show(request, form) {
	const main = request.response?.querySelector("main");
	const elsewhere = new URL(request.responseURL).pathname !== new URL(form.action).pathname;
	if (!main || elsewhere) {
		location.assign(request.responseURL); // such as the page to log in
		return;
	}
	document.querySelector("main").replaceWith(main);
	(main.querySelector("#uploads") ?? main).focus();
}
