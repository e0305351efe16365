// Forms with a passkey (data-passkey): the server asks, the browser answers.
// Without this script they stay hidden, and the page says that they need it.
"use strict";

for (const form of document.querySelectorAll("form[data-passkey]")) {
	form.hidden = !window.PublicKeyCredential?.parseRequestOptionsFromJSON;
	form.nextElementSibling.hidden = !form.hidden;
}

document.addEventListener("submit", (event) => {
	const form = event.target.closest("form[data-passkey]");
	if (!form) return;
	event.preventDefault();
	prove(form);
});

async function prove(form) {
	const text = form.querySelector("[data-passkey-text]");
	const button = form.querySelector("[type=submit]");
	text.hidden = true;
	button.disabled = true;
	try {
		const fields = new URLSearchParams(new FormData(form));
		const { publicKey } = await post(`${form.action}/begin`, fields);
		const credential = await answer(form.dataset.passkey, publicKey);
		fields.delete("current_password");
		fields.set("credential", JSON.stringify(credential));
		location.assign((await post(form.action, fields)).next);
	} catch (problem) {
		text.textContent = problem.sentence ?? "No passkey was used. Try again.";
		text.hidden = false;
		button.disabled = false;
	}
}

function answer(what, publicKey) {
	if (what === "add") {
		return navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(publicKey) });
	}
	return navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(publicKey) });
}

async function post(url, body) {
	const response = await fetch(url, { method: "POST", body });
	const said = await response.json();
	if (!response.ok) throw { sentence: said.error };
	return said;
}
