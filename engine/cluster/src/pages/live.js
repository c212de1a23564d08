// Fetches the page again every second and puts what is new in its place. What a reader has opened, typed or marked
// stays; a page that is not looked at is left alone.
"use strict";
(() => {
  const every = 1000;
  const isInUse = () =>
    document.hidden || document.activeElement?.matches("input") || !document.getSelection().isCollapsed;
  const renew = async () => {
    try {
      if (isInUse()) return;
      const answer = await fetch(location.href, { headers: { accept: "text/html" } });
      if (!answer.ok) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.querySelector("main");
      const main = document.querySelector("main");
      if (!fresh || fresh.innerHTML === main.innerHTML) return;
      const open = new Set([...main.querySelectorAll("details[open]")].map((one) => one.id));
      fresh.querySelectorAll("details").forEach((one) => (one.open = one.open || open.has(one.id)));
      main.replaceChildren(...fresh.childNodes);
      main.classList.remove("lost");
    } catch {
      document.querySelector("main").classList.add("lost");
    } finally {
      setTimeout(renew, every);
    }
  };
  setTimeout(renew, every);
})();
