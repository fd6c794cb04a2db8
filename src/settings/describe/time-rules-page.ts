/** The part of the reference page on the file of rules by time of day. */
export const timeRulesPage = `## Rules by time of day

The file that \`time_rules.file\` names holds a section for each rule, \`[rule.GROUP.NAME]\`. Where several of a kind hold at once,
the last one counts. A change of the file is taken over when all of it is right; otherwise the rules stay as they were.

\`\`\`ini
[rule.weights.office-hours]
type = weight_adjustment           ; weights of the levels, the most urgent first (scheduler.policy = weighted)
start_time = 08:00
end_time = 18:00
days_of_week = mon-fri             ; names or 1-7, 1 is Monday; every day when left out
timezone = Europe/Berlin           ; time_rules.default_timezone when left out
weights = 256, 128, 64, 32, 16, 8, 4, 2, 1, 1

[rule.quotas.night]
type = quota_adjustment            ; limits of the keys whose name, or whose owner's e-mail, matches
start_time = 22:00
end_time = 06:00                   ; past midnight the weekday is that on which it began
quota.batch-* = concurrent:50,rps:100,tokens_per_sec:20000

[rule.capacity.night]
type = capacity_adjustment         ; limits of a provider, or of a model behind it
start_time = 22:00
end_time = 06:00
target = local/gpt-*
max_concurrent = 200               ; max_tokens_per_sec, max_rps
\`\`\`

\`name\`, \`description\` and \`enabled\` may stand in each.
`;
