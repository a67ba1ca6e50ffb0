#!/usr/bin/env bash
# ask.sh FLEET DECISION KEY: asks the service for a placement, and writes the decision as JSON.
# What came out stands on standard output, in Markdown. It ends as `placement solve` does: 2 where the rules cannot hold.
set -euo pipefail
fleet=$1 decision=$2 key=$3

code=0
placement solve "$fleet" --json --idempotency-key "$key" > "$decision" || code=$?
case $code in
0)
    jq -r '
        "### \(.fleet): \(.cost_usd_per_month.total * 100 | round / 100) USD a month, \(.status)", "",
        "| workload | region | instance type | capacity | replicas |", "|---|---|---|---|---|",
        (.placements[] | .workload as $workload | .assignments[]
            | "| \($workload) | \(.region) | \(.instance_type) | \(.capacity_type) | \(.replicas) |"),
        "", "Decision \(.id), catalog version \(.catalog.version)"' "$decision"
    ;;
2)
    jq -r '
        "### \(.fleet) cannot be placed: these rules cannot hold together", "",
        (.conflict[] | "- \(.rule) of \(.subjects | join(", ")): \(.reason)"),
        "", "Decision \(.id), catalog version \(.catalog.version)"' "$decision"
    ;;
3)
    jq -r '"### \(.fleet): no placement was found in time; allow more (--time-limit)"' "$decision"
    ;;
*)
    echo "### No placement: the job's log says why"
    ;;
esac
exit "$code"
