# Completion of tokligence for bash, 3.2 or later: the program itself says what fits.
_tokligence() {
  local current part before kind="" word
  local -a words
  # Up to the cursor and split at white space: bash would split at = and : too.
  read -ra words <<<"${COMP_LINE:0:COMP_POINT}"
  case ${COMP_LINE:0:COMP_POINT} in *[[:space:]]) words+=("") ;; esac
  current=${words[${#words[@]} - 1]}
  part=${COMP_WORDS[COMP_CWORD]}
  case $part in = | :) part="" ;; esac
  before=${current%"$part"}
  COMPREPLY=()
  while IFS=$'\t' read -r word _; do
    if [ -z "$kind" ]; then kind=$word; else COMPREPLY+=("${word#"$before"}"); fi
  done < <("${words[0]}" completion suggest -- "${words[@]:1}" 2>/dev/null)
  case $kind in
    files) IFS=$'\n' read -rd "" -a COMPREPLY < <(compgen -f -- "$part") ;;
    directories) IFS=$'\n' read -rd "" -a COMPREPLY < <(compgen -d -- "$part") ;;
    *) return 0 ;;
  esac
  compopt -o filenames 2>/dev/null
  return 0
}
complete -F _tokligence tokligence
