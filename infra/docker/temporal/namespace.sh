#!/bin/sh
# Creates the namespace and the search attributes by which operators find approvals. Safe to run again.
# Approvals cannot be opened while an attribute is missing, so this succeeds only when all of them are there.
set -eu
tries_max=60

temporal operator cluster health
temporal operator namespace describe -n default || temporal operator namespace create -n default --retention 72h

has() { temporal operator search-attribute list --namespace default | grep -qw "$1"; }
add() { temporal operator search-attribute create --namespace default --name "$1" --type Keyword; }

# Parts of the server come to know a new namespace only after some seconds, and refuse its attributes until then.
for name in McpConnection McpTool McpCaller McpApproval McpStatus McpApprover; do
  tries=0
  until has "$name"; do
    tries=$((tries + 1))
    if [ "$tries" -gt "$tries_max" ]; then
      echo "The search attribute $name could not be created; what the server said is above." >&2
      exit 1
    fi
    add "$name" || sleep 1
  done
done
