# Completion of tokligence for fish: the program itself says what fits.
function __tokligence_suggest
    set -l words (commandline --tokenize --cut-at-cursor --current-process)
    set -l current (commandline --cut-at-cursor --current-token)
    set -l lines (command $words[1] completion suggest -- $words[2..-1] $current 2>/dev/null)
    switch "$lines[1]"
        case files
            __fish_complete_path $current
        case directories
            __fish_complete_directories $current
        case '*'
            printf '%s\n' $lines[2..-1]
    end
end
complete --command tokligence --no-files --arguments '(__tokligence_suggest)'
