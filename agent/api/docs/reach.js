/**
 * Says whether a page of this browser reaches the store agent on this PC and, if not, what to do.
 *
 * To be run where the POS's page is: pasted into its console (F12), or loaded by it. Chromium 142 and
 * newer keep pages of the internet from 127.0.0.1 unless the user or a policy allows it, so that not
 * even a preflight arrives there; what is refused and by whom, only the page itself can find out.
 */
async function reachStoreAgent(agent = "http://127.0.0.1:8770") {
  const reached = await answers("/docs/reach.js", "no-cors");
  const heard = reached && (await answers("/openapi.json", "cors"));
  const permission = await permissionFor("loopback-network", "local-network-access");
  const code = heard ? "reached" : reached ? "origin_not_allowed" : whyNot(permission);
  return { code, ...REACH_ADVICE[code](location.origin, agent), origin: location.origin, permission, secure: isSecureContext };

  function whyNot(state) {
    if (!isSecureContext) return "not_https";
    if (state === "denied") return window === top ? "denied" : "frame_not_allowed";
    return state === "prompt" ? "not_answered" : "no_answer";
  }

  async function answers(path, mode) {
    try {
      await fetch(agent + path, { mode, cache: "no-store", signal: AbortSignal.timeout(30_000) });
      return true;
    } catch {
      return false;
    }
  }

  async function permissionFor(...names) {
    for (const name of names) {
      try {
        return (await navigator.permissions.query({ name })).state;
      } catch {
        continue; // a browser that does not know it asks nobody
      }
    }
    return "not known";
  }
}

const REACH_ADVICE = {
  reached: () => ({
    zh: "这个页面能访问门店代理。",
    en: "This page reaches the store agent.",
  }),
  origin_not_allowed: (origin) => ({
    zh: `代理有应答,但不认识本页面。请门店IT在 [api] allowed_origins 中加入 "${origin}",然后 systemctl restart store-agent。`,
    en: `The agent answers, and does not know this page. Store IT adds "${origin}" to [api] allowed_origins, then: systemctl restart store-agent.`,
  }),
  not_https: () => ({
    zh: "本页面不是 https：来自互联网的页面必须用 https，浏览器才会询问是否允许访问本机。请用 https 打开 POS。",
    en: "This page is not https: a browser asks for a page of the internet only if it came by https. Open the POS by https.",
  }),
  denied: () => ({
    zh: "浏览器不允许本页面访问本机。点地址栏左边的图标 → 网站设置 → 允许访问本设备上的应用；或由门店IT安装策略文件 LoopbackNetworkAllowedForUrls。",
    en: "This browser keeps the page from this PC. Click the icon before the address → site settings → allow apps on this device; or store IT installs the policy LoopbackNetworkAllowedForUrls.",
  }),
  frame_not_allowed: () => ({
    zh: "本页面在框架里。外层页面的 iframe 需要 allow=\"loopback-network\"，之后浏览器才会询问。",
    en: "This page is in a frame. The iframe of the page around it needs allow=\"loopback-network\"; then the browser asks.",
  }),
  not_answered: (_, agent) => ({
    zh: `浏览器询问时没有点“允许”,或者 ${agent} 没有应答。重新打开页面并点“允许”;或由门店IT安装策略文件 LoopbackNetworkAllowedForUrls。`,
    en: `Nobody pressed Allow when the browser asked, or nothing answers at ${agent}. Open the page again and press Allow; or store IT installs the policy LoopbackNetworkAllowedForUrls.`,
  }),
  no_answer: (_, agent) => ({
    zh: `${agent} 没有应答。代理在运行吗? systemctl status store-agent;端口对吗? 见 [api] port。`,
    en: `Nothing answers at ${agent}. Does the agent run? systemctl status store-agent. Is it the right port? See [api] port.`,
  }),
};
