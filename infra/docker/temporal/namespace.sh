#!/bin/sh
# Creates the namespace and the search attributes by which operators find approvals. Safe to run again.
set -eu
temporal operator cluster health
temporal operator namespace describe -n default || temporal operator namespace create -n default --retention 72h
for name in McpConnection McpTool McpCaller McpApproval McpStatus McpApprover; do
  temporal operator search-attribute create --namespace default --name "$name" --type Keyword || true
done
