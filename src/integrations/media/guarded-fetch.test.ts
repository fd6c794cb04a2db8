import { describe, expect, test } from "bun:test";
import { GatewayError } from "#core/errors.ts";
import { fetcher, never, png, publicAddress, redirectTo, refusalOf, Web } from "#integrations/media/web.test-data.ts";

describe("what is fetched", () => {
  test("comes as base64, its type told by its bytes, else by the answer", async () => {
    const web = new Web(({ url }) =>
      url.endsWith("pic")
        ? { headers: { "content-type": "text/html" } }
        : { chunks: [new Uint8Array(3)], headers: { "content-type": "Text/Plain; charset=utf-8" } },
    );
    const fetched = await fetcher(web).fetch("https://a.example/pic", "p", never);
    expect(fetched).toEqual({ mimeType: "image/png", base64: png.toBase64() });
    expect(await fetcher(web).fetch("https://a.example/x", "p", never)).toEqual({
      mimeType: "text/plain",
      base64: "AAAA",
    });
  });

  test("pitfall 24 F55 the very address that was checked is connected to, under the name, without credentials or cookies", async () => {
    const web = new Web(({ url }) =>
      url.endsWith("1") ? { ...redirectTo("/2"), headers: { location: "/2", "set-cookie": "a=b" } } : {},
    );
    await fetcher(web).fetch("https://a.example/1", "p", never);
    expect(web.requests.map(({ method, url, connectTo }) => [method, url, connectTo])).toEqual([
      ["GET", "https://a.example/1", publicAddress],
      ["GET", "https://a.example/2", publicAddress],
    ]);
    for (const { headers } of web.requests) expect(Object.keys(headers)).toEqual(["accept"]);
  });

  test("an address that cannot be reached gives way to the next, IPv4 first", async () => {
    const web = new Web(({ connectTo }) => {
      if (connectTo === "8.8.8.8") throw new GatewayError("upstream_unavailable", "refused");
      return {};
    });
    await fetcher(web, { resolve: async () => ["2606:4700::1", "8.8.8.8"] }).fetch("http://a.example/", "p", never);
    expect(web.requests.map(({ connectTo }) => connectTo)).toEqual(["8.8.8.8", "2606:4700::1"]);
  });
});

describe("F97 pitfall 24 what only the gateway can reach is refused, and nothing is sent", () => {
  const literals = [
    "http://127.0.0.1/",
    "http://localhost/",
    "http://127.1/",
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0177.0.0.1/",
    "http://127.0.0.1./",
    "http://0/",
    "http://10.1.2.3/",
    "http://172.16.0.1/",
    "http://192.168.0.1/",
    "http://100.64.0.1/",
    "http://169.254.169.254/latest/meta-data/",
    "http://224.0.0.1/",
    "http://255.255.255.255/",
    "http://[::1]/",
    "http://[::]/",
    "http://[fe80::1]/",
    "http://[fd00:ec2::254]/",
    "http://[ff02::1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:a9fe:a9fe]/",
    "http://[64:ff9b::7f00:1]/",
    "http://[2002:7f00:1::]/",
    "http://metadata.google.internal/",
    "http://db.internal/",
    "http://printer.local/",
    "http://user:pass@a.example/",
    "http://user@a.example/",
    "http://a.example:22/",
    "http://a.example:6379/",
    "ftp://a.example/",
    "file:///etc/passwd",
    "gopher://a.example/",
    "data:image/png;base64,AAAA",
    "not an address",
    "",
  ];
  for (const url of literals) {
    test(url === "" ? "(empty)" : url, async () => {
      const web = new Web(() => ({}));
      const refused = await refusalOf(fetcher(web).fetch(url, "messages[0].content[1]", never));
      expect(refused).toMatchObject({ code: "invalid_request", details: { field: "messages[0].content[1]" } });
      expect(refused.message).not.toContain("169.254");
      expect(web.requests).toEqual([]);
    });
  }

  test("a name that leads there, as nip.io's do, even beside a public address", async () => {
    for (const addresses of [["127.0.0.1"], [publicAddress, "10.0.0.1"], ["::ffff:127.0.0.1"], ["fe80::1%eth0"], []]) {
      const web = new Web(() => ({}));
      const refused = await refusalOf(
        fetcher(web, { resolve: async () => addresses }).fetch("http://127.0.0.1.nip.io/", "p", never),
      );
      expect(refused.code).toBe("invalid_request");
      expect(web.requests).toEqual([]);
    }
  });

  test("F55 a name that changes its mind after it was checked: it is looked up once and no more", async () => {
    let asked = 0;
    const web = new Web(() => ({}));
    const resolve = async () => {
      asked += 1;
      return [asked === 1 ? publicAddress : "127.0.0.1"];
    };
    await fetcher(web, { resolve }).fetch("http://rebind.example/", "p", never);
    expect(asked).toBe(1);
    expect(web.requests.map(({ connectTo }) => connectTo)).toEqual([publicAddress]);
    // A redirect to itself is a new look-up and a new check.
    const turning = new Web(() => redirectTo("/again"));
    asked = 0;
    expect((await refusalOf(fetcher(turning, { resolve }).fetch("http://rebind.example/", "p", never))).code).toBe(
      "invalid_request",
    );
    expect(turning.requests).toHaveLength(1);
  });

  test("a redirect there", async () => {
    for (const location of [
      "http://169.254.169.254/",
      "//127.0.0.1/",
      "http://[::1]/",
      "file:///etc/passwd",
      "http://a.example:22/",
      "http://:80:/",
    ]) {
      const web = new Web(() => redirectTo(location));
      const refused = await refusalOf(fetcher(web).fetch("https://a.example/", "p", never));
      expect([location, refused.code, web.requests.length, web.closed]).toEqual([location, "invalid_request", 1, 1]);
    }
  });

  test("one's own servers may be private, at the port that is named, and metadata never", async () => {
    const parts = {
      privateHosts: ["Pictures.LAN", "127.0.0.1:9000", "169.254.169.254"],
      resolve: async () => ["10.0.0.9"],
    };
    const web = new Web(() => ({}));
    await fetcher(web, parts).fetch("http://pictures.lan/a.png", "p", never);
    await fetcher(web, parts).fetch("http://127.0.0.1:9000/a.png", "p", never);
    expect(web.requests.map(({ connectTo }) => connectTo)).toEqual(["10.0.0.9", "127.0.0.1"]);
    for (const url of ["http://127.0.0.1/", "http://127.0.0.1:9001/", "http://169.254.169.254/"]) {
      expect((await refusalOf(fetcher(web, parts).fetch(url, "p", never))).code).toBe("invalid_request");
    }
    const leading = { ...parts, resolve: async () => ["169.254.169.254"] };
    expect((await refusalOf(fetcher(web, leading).fetch("http://pictures.lan/", "p", never))).code).toBe(
      "invalid_request",
    );
  });
});
