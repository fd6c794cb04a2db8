import { expect, test } from "bun:test";
import { RecordingMeter } from "#core/effects/recording-meter.ts";
import { TenantServiceMeter } from "#core/admission/tenant-service-meter.ts";

const name = "tokligence_scheduling_tenant_service_tokens_total";
const costPermille = { input: 1_000, cached: 100, output: 2_000 };

test("service is counted by tenant as the scheduler charges it: cached tokens less, output more", () => {
  const meter = new RecordingMeter();
  const tenants = new TenantServiceMeter(meter, costPermille);
  tenants.served("usr_1", { inputTokens: 100, cachedTokens: 40, outputTokens: 10 });
  tenants.served("usr_1", { inputTokens: 1, cachedTokens: 0, outputTokens: 0 });
  tenants.served("usr_2", { inputTokens: 7, cachedTokens: 0, outputTokens: 3 });
  expect([meter.value(name, "usr_1"), meter.value(name, "usr_2")]).toEqual([60 + 4 + 20 + 1, 13]);
});

test("F105 two hundred tenants are told apart, all that come later are one, and nothing is lost from the sum", () => {
  const meter = new RecordingMeter();
  const tenants = new TenantServiceMeter(meter, costPermille);
  for (let round = 0; round < 2; round += 1) {
    for (let tenant = 0; tenant < 1_000; tenant += 1) {
      tenants.served(`usr_${tenant}`, { inputTokens: 1, cachedTokens: 0, outputTokens: 0 });
    }
  }
  expect([meter.value(name, "usr_0"), meter.value(name, "usr_199")]).toEqual([2, 2]);
  expect([meter.value(name, "usr_200"), meter.value(name, "other")]).toEqual([0, 1_600]);
});
