import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  addressBytes,
  addressRange,
  coversRange,
  isMetadataAddress,
  isMetadataHost,
  isPublicAddress,
  isWithin,
} from "#core/address-range.ts";

describe("F97 pitfall 24 an address is public only if no registry has set it aside", () => {
  const closed = [
    ["loopback", "127.0.0.1 127.255.255.254 ::1"],
    ["unspecified", "0.0.0.0 0.1.2.3 ::"],
    ["private", "10.0.0.1 172.16.0.1 172.31.255.255 192.168.1.1"],
    ["shared", "100.64.0.1 100.127.255.255"],
    ["link-local and metadata", "169.254.169.254 169.254.0.1 fe80::1 fe80::1%eth0 febf::1"],
    ["unique local and metadata", "fc00::1 fd00:ec2::254 fdff::1"],
    ["multicast and broadcast", "224.0.0.1 239.255.255.255 255.255.255.255 ff02::1"],
    ["reserved", "240.0.0.1 4000::1 ::2"],
    ["IPv6-mapped", "::ffff:127.0.0.1 ::ffff:7f00:1 ::ffff:169.254.169.254 ::ffff:8.8.8.8"],
    ["IPv4-compatible", "::127.0.0.1 ::7f00:1"],
    ["NAT64", "64:ff9b::7f00:1 64:ff9b::169.254.169.254 64:ff9b:1::1"],
    ["6to4 and Teredo", "2002:7f00:1:: 2001:0:1::1"],
    ["documentation and benchmarks", "192.0.2.1 198.51.100.1 203.0.113.9 198.18.0.1 2001:db8::1 3fff::1"],
    [
      "no address",
      "localhost 1.2.3 1.2.3.256 2130706433 0x7f.1 0177.0.0.1 :: ::1:: 1::2::3 12345::1 1:2:3:4:5:6:7:8:9 :",
    ],
  ] as const;
  for (const [what, addresses] of closed) {
    test(what, () => {
      for (const address of addresses.split(" ")) expect([address, isPublicAddress(address)]).toEqual([address, false]);
    });
  }

  test("the neighbours of the closed ranges are open", () => {
    const open =
      "8.8.8.8 1.1.1.1 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.1 169.253.255.255 " +
      "169.255.0.0 172.15.255.255 172.32.0.0 192.167.255.255 192.169.0.0 223.255.255.255 2606:4700::1 2a00:1450::1";
    for (const address of open.split(" ")) expect([address, isPublicAddress(address)]).toEqual([address, true]);
  });

  test("no address of version 4 becomes public by being carried in one of version 6", () => {
    fc.assert(
      fc.property(fc.ipV4(), (address) => {
        for (const form of [`::ffff:${address}`, `::${address}`, `64:ff9b::${address}`]) {
          expect(isPublicAddress(form)).toBe(false);
        }
      }),
    );
  });
});

test("every address of version 6 is read into its sixteen bytes, however it is shortened", () => {
  fc.assert(fc.property(fc.ipV6(), (address) => expect(addressBytes(address)).toHaveLength(16)));
  expect(addressBytes("2001:db8::a:1.2.3.4")?.toHex()).toBe("20010db8000000000000000a01020304");
  expect(addressBytes("::")?.toHex()).toBe("0".repeat(32));
});

test("a metadata service is known by address, in every form, and by name", () => {
  const addresses =
    "169.254.169.254 169.254.170.2 100.100.100.200 fd00:ec2::254 ::ffff:169.254.169.254 ::ffff:a9fe:a9fe 64:ff9b::a9fe:a9fe";
  for (const address of addresses.split(" ")) {
    expect([address, isMetadataAddress(address)]).toEqual([address, true]);
    expect(isMetadataHost(address.includes(":") ? `[${address}]` : address)).toBe(true);
  }
  for (const name of ["metadata.google.internal", "METADATA.goog."]) expect(isMetadataHost(name)).toBe(true);
  for (const host of ["127.0.0.1", "[::1]", "10.0.0.1", "fd00::1", "api.openai.com", "metadata.example.com"]) {
    expect([host, isMetadataHost(host)]).toEqual([host, false]);
  }
});

describe("ranges of addresses", () => {
  const covers = (outer: string, inner: string): boolean => {
    const [a, b] = [addressRange(outer), addressRange(inner)];
    return a !== undefined && b !== undefined && coversRange(a, b);
  };

  test("are read in CIDR notation, and an address alone is one of itself", () => {
    for (const text of ["10.0.0.0/8", "0.0.0.0/0", "::/0", "2001:db8::/32", "192.0.2.1", "::1/128", "10.1.2.3/8"]) {
      expect([text, addressRange(text) !== undefined]).toEqual([text, true]);
    }
    for (const text of [
      "",
      "/8",
      "10.0.0.0/33",
      "10.0.0/8",
      "::/129",
      "10.0.0.0/-1",
      "10.0.0.0/8/8",
      "fe80::1%eth0",
      "x",
    ]) {
      expect([text, addressRange(text)]).toEqual([text, undefined]);
    }
  });

  test("cover what begins with their bits, of their own version", () => {
    expect(covers("10.0.0.0/8", "10.255.0.0/16")).toBe(true);
    expect(covers("10.0.0.0/8", "10.0.0.0/7")).toBe(false);
    expect(covers("0.0.0.0/0", "::1")).toBe(false);
    expect(covers("::ffff:10.0.0.0/104", "10.1.1.1")).toBe(true);
    expect(covers("10.0.0.0/8", "::ffff:10.1.1.1")).toBe(true);
    expect(
      isWithin(
        "fe80::1%eth0",
        [addressRange("fe80::/10")].filter((range) => range !== undefined),
      ),
    ).toBe(true);
  });

  test("cover every address that is theirs, and none beside", () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.ipV4(), fc.integer({ min: 0, max: 32 }), (start, address, bits) => {
        const number = (text: string): number => text.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
        const same = bits === 0 || number(start) >>> (32 - bits) === number(address) >>> (32 - bits);
        expect(covers(`${start}/${bits}`, address)).toBe(same);
      }),
      { numRuns: 500 },
    );
  });
});
