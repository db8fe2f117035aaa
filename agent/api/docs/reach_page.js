/** The page 'can this browser reach me?': what this browser is, and the lines for the POS's own page. */

const show = (id, text) => (document.getElementById(id).textContent = text);

const version = Number(/Chrom(?:e|ium)\/(\d+)/.exec(navigator.userAgent)?.[1] ?? 0);
const found = await reachStoreAgent(location.origin);
show("found", `${found.zh}\n${found.en}`);
show(
  "browser",
  version >= 142
    ? `Chromium ${version}: 互联网页面访问本机需要许可。\nChromium ${version}: pages of the internet need a permission to reach this PC.`
    : "这个浏览器不要求许可。\nThis browser asks for no permission.",
);
const lines = await (await fetch("/docs/reach.js")).text();
show("lines", `${lines}\nreachStoreAgent("${location.origin}").then(console.log);`);
