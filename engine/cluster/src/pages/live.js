// Fetches the page again every second and changes what is new in it. What a reader has opened, typed, marked or scrolled
// to stays; a page that is not looked at is left alone, and one that cannot be fetched is said to be old.
"use strict";
(() => {
  const every = 1000;
  const main = document.querySelector("main");
  const isInUse = () => document.hidden || !document.getSelection().isCollapsed;
  // Makes what is there like what is new, and touches nothing that is alike already.
  const renew = (there, fresh) => {
    if (there.isEqualNode(fresh)) return;
    if (there.nodeName !== fresh.nodeName || there.id !== fresh.id || there.nodeType !== Node.ELEMENT_NODE)
      return there.replaceWith(fresh);
    for (const { name } of [...there.attributes])
      if (!fresh.hasAttribute(name) && !(name === "open" && there.matches("details"))) there.removeAttribute(name);
    for (const { name, value } of fresh.attributes)
      if (there.getAttribute(name) !== value) there.setAttribute(name, value);
    renewAll(there, fresh);
  };
  const renewAll = (there, fresh) => {
    const [old, now] = [[...there.childNodes], [...fresh.childNodes]];
    now.forEach((node, place) => (place < old.length ? renew(old[place], node) : there.append(node)));
    old.slice(now.length).forEach((node) => node.remove());
  };
  const look = async () => {
    try {
      if (isInUse()) return;
      const answer = await fetch(location.href, { headers: { accept: "text/html" } });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.querySelector("main");
      if (!answer.ok || !fresh) throw new Error(answer.statusText);
      renewAll(main, fresh);
      main.classList.remove("lost");
    } catch {
      main.classList.add("lost");
    } finally {
      setTimeout(look, every);
    }
  };
  setTimeout(look, every);
})();
