# bash completion for bookit. Made from the tree of commands by `python -m tests.cli.written`.
_bookit() {
  local current="${COMP_WORDS[COMP_CWORD]}" path="" word words
  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$word" in -*) continue ;; esac
    case "$path" in "") path="$word" ;; bulk|meetings|profile|auth) path="$path $word" ;; esac
  done
  case "$path" in
    "") words="inputs slots route book meetings bulk settle watch profile auth completion capabilities help doctor record sandbox mcp vendor --profile --json --plain --quiet --zone --deadline" ;;
    "bulk") words="check run status export" ;;
    "meetings") words="list show move cancel ics" ;;
    "profile") words="list add use remove" ;;
    "auth") words="status" ;;
    "inputs") words="--profile --json --plain --quiet --zone --deadline" ;;
    "slots") words="--link --meeting --profile --json --plain --quiet --zone --deadline" ;;
    "route") words="--prospect --set --profile --json --plain --quiet --zone --deadline" ;;
    "book") words="--link --prospect --set --at --earliest --between --guest --answer --yes --dry-run --id --profile --json --plain --quiet --zone --deadline" ;;
    "meetings list") words="--since --until --profile --json --plain --quiet --zone --deadline" ;;
    "meetings show") words="--profile --json --plain --quiet --zone --deadline" ;;
    "meetings move") words="--at --earliest --yes --dry-run --profile --json --plain --quiet --zone --deadline" ;;
    "meetings cancel") words="--yes --dry-run --profile --json --plain --quiet --zone --deadline" ;;
    "meetings ics") words="--output -o --profile --json --plain --quiet --zone --deadline" ;;
    "bulk check") words="--node --link --profile --json --plain --quiet --zone --deadline" ;;
    "bulk run") words="--journal --node --link --at --earliest --concurrency --rate --limit --failed --yes --profile --json --plain --quiet --zone --deadline" ;;
    "bulk status") words="--profile --json --plain --quiet --zone --deadline" ;;
    "bulk export") words="--format --profile --json --plain --quiet --zone --deadline" ;;
    "settle") words="--profile --json --plain --quiet --zone --deadline" ;;
    "watch") words="--journal --every --webhook --profile --json --plain --quiet --zone --deadline" ;;
    "profile list") words="--profile --json --plain --quiet --zone --deadline" ;;
    "profile add") words="--base-url --api-key-file --api-key-command --default-zone --profile --json --plain --quiet --zone --deadline" ;;
    "profile use") words="--profile --json --plain --quiet --zone --deadline" ;;
    "profile remove") words="--profile --json --plain --quiet --zone --deadline" ;;
    "auth status") words="--check --profile --json --plain --quiet --zone --deadline" ;;
    "completion") words="--profile --json --plain --quiet --zone --deadline" ;;
    "capabilities") words="--profile --json --plain --quiet --zone --deadline" ;;
    "help") words="--profile --json --plain --quiet --zone --deadline" ;;
    *) words="" ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _bookit bookit
