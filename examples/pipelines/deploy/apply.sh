#!/usr/bin/env bash
# apply.sh DECISION FOLDER: brings each workload to where the decision has it, and removes it from where it was.
# FOLDER has a Deployment for each workload. The cluster of aws:eu-central-1 is kubectl's context aws-eu-central-1.
set -euo pipefail
decision=$1 folder=$2

id=$(jq -er .id "$decision")
fleet=$(jq -er .fleet "$decision")
# One Deployment for each kind of node that a workload is on in a region.
parts=$(jq -ec '
    .id as $id | .fleet as $fleet | .placements[] | .workload as $workload | .assignments[]
    | (.capacity_type | sub("_"; "-")) as $capacity
    | ([$workload, $capacity, .zone // empty] | join("-")) as $name
    | {
        $workload, $name, context: (.region | sub(":"; "-")),
        patch: {
            metadata: {$name, labels: {"placement.dev/fleet": $fleet, "placement.dev/decision": $id}},
            spec: {
                replicas,
                selector: {matchLabels: {"placement.dev/part": $name}},
                template: {
                    metadata: {labels: {"placement.dev/part": $name}},
                    spec: {nodeSelector: ({
                        "node.kubernetes.io/instance-type": .instance_type,
                        "karpenter.sh/capacity-type": $capacity
                    } + (if .zone then {"topology.kubernetes.io/zone": .zone} else {} end))}
                }
            }
        }
    }' "$decision")

part() { jq -er "$2" <<< "$1"; }

while read -r each; do
    workload=$(part "$each" .workload) context=$(part "$each" .context) patch=$(part "$each" '.patch | tojson')
    kubectl patch --local --filename "$folder/$workload.yaml" --type strategic --patch "$patch" --output yaml |
        kubectl --context "$context" apply --filename -
done <<< "$parts"
while read -r each; do
    kubectl --context "$(part "$each" .context)" rollout status "deployment/$(part "$each" .name)" --timeout 10m
done <<< "$parts"

# Only now, that all of it runs, what an earlier decision left elsewhere is removed.
contexts=$(kubectl config get-contexts --output name)
for context in $contexts; do
    kubectl --context "$context" delete deployment \
        --selector "placement.dev/fleet=$fleet,placement.dev/decision!=$id"
done
