#compdef tokligence
# Completion of tokligence for zsh: the program itself says what fits.
_tokligence() {
  local kind line
  local -a lines described
  lines=("${(@f)$("${(Q)words[1]}" completion suggest -- "${(@Q)words[2,CURRENT]}" 2>/dev/null)}")
  kind=$lines[1]
  case $kind in
    files) compset -P '--*='; _files ;;
    directories) compset -P '--*='; _files -/ ;;
    *)
      for line in "${(@)lines[2,-1]}"; do
        described+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}")
      done
      _describe command described
      ;;
  esac
}
if [ "$funcstack[1]" = _tokligence ]; then
  _tokligence "$@"
else
  compdef _tokligence tokligence
fi
