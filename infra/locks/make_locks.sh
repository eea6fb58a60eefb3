#!/bin/sh
# Resolve every environment and layer once, widest first, so that equal packages get equal versions.
set -eu
cd "$(dirname "$0")/../.."
uv=${1:?path of uv}
resolve() { "$uv" pip compile --quiet --no-header --generate-hashes --no-annotate --python-version 3.11 "$@"; }

resolve infra/locks/ministack.in -o infra/locks/ministack.lock
resolve infra/locks/runtime.in -c infra/locks/ministack.lock -o infra/locks/runtime.lock
# The SAM CLI pins its own boto3: what it shares with the local cloud is held equal, but for that family.
grep -vE '^(boto3|botocore|s3transfer)==|^ ' infra/locks/ministack.lock | sed 's/ *\\$//' > infra/locks/.shared
resolve infra/locks/tools.in -c infra/locks/.shared -o infra/locks/tools.lock
rm infra/locks/.shared
grep -vE '^(boto3|botocore|s3transfer|boto3-stubs|botocore-stubs|awscrt)(\[.*\])?==|^ ' infra/locks/tools.lock | sed 's/ *\\$//' > infra/locks/.shared
resolve pyproject.toml infra/locks/build.in --extra dev -c infra/locks/ministack.lock -c infra/locks/.shared -o infra/locks/project.lock
rm infra/locks/.shared
for layer in auth core columns lake; do
    resolve "infra/layers/$layer/requirements.in" -c infra/locks/project.lock -o "infra/layers/$layer/requirements.lock"
done
grep -E '^(numpy|pyarrow)==' infra/locks/project.lock | sed 's/ *\\$//' > infra/locks/.shared
resolve infra/locks/peers.in -c infra/locks/.shared -o infra/locks/peers.lock
rm infra/locks/.shared
resolve infra/locks/checkov.in -o infra/locks/checkov.lock
