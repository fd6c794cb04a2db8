import { describe, expect, test } from "bun:test";
import { VirtualClock } from "#core/effects/virtual-clock.ts";
import { GatewayError } from "#core/errors.ts";
import { noFetch } from "#integrations/media/no-fetch.ts";
import { fetcher, never, redirectTo, refusalOf, type Site, Web } from "#integrations/media/web.test-data.ts";

describe("every fetch has bounds", () => {
  test("three redirects are followed, not four", async () => {
    const web = new Web(({ url }) => (url.endsWith("3") ? {} : redirectTo(`/${Number(url.at(-1)) + 1}`)));
    await fetcher(web).fetch("https://a.example/0", "p", never);
    const endless = new Web(() => redirectTo("/next"));
    expect((await refusalOf(fetcher(endless).fetch("https://a.example/0", "p", never))).message).toContain(
      "redirected",
    );
    expect(endless.requests).toHaveLength(4);
  });

  test("an address that no server would take is not sent", async () => {
    const web = new Web(() => ({}));
    const long = `https://a.example/${"a".repeat(16_000)}`;
    expect((await refusalOf(fetcher(web).fetch(long, "p", never))).message).toContain("longer than 16000 characters");
    expect(web.requests).toEqual([]);
  });

  test("what is too large is refused by its length, or as soon as it shows, and closed", async () => {
    for (const answer of [
      { headers: { "content-length": "101" } },
      { chunks: [new Uint8Array(60), new Uint8Array(60)] },
    ]) {
      const web = new Web(() => answer);
      const refused = await refusalOf(fetcher(web).fetch("https://a.example/", "p", never));
      expect(refused.message).toBe("The address in 'p' is larger than 100 bytes.");
      expect(web.closed).toBe(1);
    }
  });

  test("statuses, nothing, and failures of the network are the caller's to hear, without details of the network", async () => {
    const cases: readonly (readonly [Site, string])[] = [
      [() => ({ status: 404 }), "status 404"],
      [() => ({ status: 304 }), "status 304"],
      [() => ({ chunks: [] }), "nothing"],
      [
        () => Promise.reject(new GatewayError("upstream_unavailable", "Provider media, 10.0.0.1")),
        "could not be fetched",
      ],
      [() => Promise.reject(new GatewayError("upstream_tls", "x")), "certificate"],
      [() => Promise.reject(new GatewayError("upstream_timeout", "x")), "too long"],
      [() => Promise.reject(new GatewayError("upstream_too_large", "x")), "too large"],
    ];
    for (const [site, words] of cases) {
      const refused = await refusalOf(fetcher(new Web(site)).fetch("https://a.example/", "p", never));
      expect(refused).toMatchObject({ code: "invalid_request", details: { field: "p" } });
      expect(refused.message).toContain(words);
      expect(refused.message).not.toContain("10.0.0.1");
    }
    const bug = new Web(() => Promise.reject(new TypeError("bug")));
    expect((await refusalOf(fetcher(bug).fetch("https://a.example/", "p", never))).code).toBe("internal");
  });

  test("the time for all of it ends a slow look-up, a slow answer and a wait for one's turn", async () => {
    const clock = new VirtualClock();
    const hanging = (signal: AbortSignal) =>
      new Promise<never>((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    const web = new Web(({ signal }) => hanging(signal));
    const parts = { clock, maxConcurrent: 1 };
    const slow = fetcher(web, parts);
    const all = [
      refusalOf(slow.fetch("https://a.example/", "p", never)),
      refusalOf(slow.fetch("https://a.example/", "p", never)),
      refusalOf(
        fetcher(web, { ...parts, resolve: () => new Promise(() => {}) }).fetch("https://a.example/", "p", never),
      ),
    ];
    await clock.run(999);
    expect(web.requests).toHaveLength(1);
    await clock.run(1);
    for (const refused of await Promise.all(all)) expect(refused.message).toContain("took longer than 1000 ms");
    expect(clock.pending).toBe(0);
  });

  test("so many at once and no more; who leaves gives up the turn and hears its own reason", async () => {
    const gates: (() => void)[] = [];
    const web = new Web(() => new Promise((resolve) => gates.push(() => resolve({}))));
    const two = fetcher(web, { maxConcurrent: 2 });
    const leaver = new AbortController();
    const all = [1, 2].map(() => two.fetch("https://a.example/", "p", never));
    const left = two.fetch("https://a.example/", "p", leaver.signal);
    const last = two.fetch("https://a.example/", "p", never);
    await Bun.sleep(0);
    expect(web.requests).toHaveLength(2);
    leaver.abort(new GatewayError("client_closed", "gone"));
    expect(await refusalOf(left)).toMatchObject({ code: "client_closed" });
    gates.shift()?.();
    await all[0];
    await Bun.sleep(0);
    expect(web.requests).toHaveLength(3);
    for (const open of gates) open();
    await Promise.all([...all, last]);
  });
});

test("a fetcher that is switched off names the field and asks for the bytes", async () => {
  expect(await refusalOf(noFetch.fetch("https://a.example/", "p", never))).toMatchObject({
    code: "unsupported_value",
    details: { field: "p" },
  });
});
