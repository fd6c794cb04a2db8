import { expect, test } from "bun:test";
import { memoryLimitBytes, residentBytes } from "#platform/process-memory.ts";

const machine = (files: Readonly<Record<string, string>>) => (path: string) => files[path];

test("the limit is the least of the setting and of every group around the process", () => {
  const read = machine({
    "/proc/self/cgroup": "0::/user.slice/app.slice/gateway.service\n",
    "/sys/fs/cgroup/user.slice/memory.max": "4000000000\n",
    "/sys/fs/cgroup/user.slice/app.slice/memory.max": "max\n",
    "/sys/fs/cgroup/user.slice/app.slice/gateway.service/memory.max": "5000000000\n",
  });
  expect(memoryLimitBytes(undefined, read)).toBe(4_000_000_000);
  expect(memoryLimitBytes(1_000_000_000, read)).toBe(1_000_000_000);
  expect(memoryLimitBytes(9_000_000_000, read)).toBe(4_000_000_000);
});

test("in a container the limit lies at the root, in version 1 in the tree of its own", () => {
  expect(
    memoryLimitBytes(undefined, machine({ "/proc/self/cgroup": "0::/\n", "/sys/fs/cgroup/memory.max": "512\n" })),
  ).toBe(512);
  const first = {
    "/proc/self/cgroup": "5:cpu,cpuacct:/x\n4:memory:/docker/abc\n",
    "/sys/fs/cgroup/memory/memory.limit_in_bytes": "268435456\n",
    "/sys/fs/cgroup/memory/docker/abc/memory.limit_in_bytes": "9223372036854771712\n",
  };
  expect(memoryLimitBytes(undefined, machine(first))).toBe(268_435_456);
});

test("a group whose name holds colons is found", () => {
  const read = machine({
    "/proc/self/cgroup": "0::/system.slice/pod.slice:cri-containerd:abc\n",
    "/sys/fs/cgroup/system.slice/pod.slice:cri-containerd:abc/memory.max": "1024\n",
  });
  expect(memoryLimitBytes(undefined, read)).toBe(1024);
});

test("where nobody says there is no limit", () => {
  expect(memoryLimitBytes(undefined, machine({}))).toBeUndefined();
  expect(memoryLimitBytes(undefined, machine({ "/proc/self/cgroup": "0::/\n" }))).toBeUndefined();
  expect(memoryLimitBytes(7, machine({}))).toBe(7);
});

test("what this process holds is told", () => {
  expect(residentBytes()).toBeGreaterThan(10_000_000);
});
