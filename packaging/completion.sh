#!/bin/bash
# Completion for bash and zsh from the command's own help, so that it cannot name an option that does not exist.
#   packaging/completion.sh ECHOMETER DIR     writes DIR/echometer.bash and DIR/_echometer
set -eu
command=$1 into=$2
mkdir -p "$into"
"$command" help | sed -nE 's/^  ([a-z]+) +(.*)$/\1\t\2/p' > "$into/.commands"

# Options of a command, a line each: letter or nothing, name, value's name or nothing, first words of the help.
options() { # COMMAND
    "$command" "$1" --help | sed -n '/^options:$/,$p' |
        sed -nE 's/^  (-([a-zA-Z]),|   ) --([a-z0-9-]+)( ([A-Z][A-Z0-9,.:=\/|-]*))?( +(.*))?$/\2\t\3\t\5\t\7/p'
}

{
    echo '# bash completion for echometer; made by packaging/completion.sh'
    echo '_echometer() {'
    echo '    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} options values='
    echo '    if [ "$COMP_CWORD" = 1 ]; then'
    printf '        mapfile -t COMPREPLY < <(compgen -W "help --version %s" -- "$word")\n' "$(cut -f 1 "$into/.commands" | xargs)"
    echo '        return'
    echo '    fi'
    echo '    case ${COMP_WORDS[1]} in'
    while IFS=$'\t' read -r name _; do
        printf '    %s)\n        options="%s"\n' "$name" "$(options "$name" | cut -f 2 | sed 's/^/--/' | xargs)"
        other=$(options "$name" | awk -F '\t' '$3 != "" && $3 !~ /^(FILE|DIR|PATH|INPUT|MODEL)/ {print "--" $2; if ($1 != "") print "-" $1}' | paste -sd '|')
        [ -z "$other" ] || printf '        case $before in %s) values=1 ;; esac\n' "$other"
        echo '        ;;'
    done < "$into/.commands"
    printf '    help) options="%s environment" ;;\n' "$(cut -f 1 "$into/.commands" | xargs)"
    echo '    *) return ;;'
    echo '    esac'
    echo '    if [ -n "$values" ]; then'
    echo '        COMPREPLY=()'
    echo '    elif [ "${word:0:1}" = - ] || [ "${COMP_WORDS[1]}" = help ]; then'
    echo '        mapfile -t COMPREPLY < <(compgen -W "$options" -- "$word")'
    echo '    else'
    echo '        compopt -o filenames 2> /dev/null'
    echo '        mapfile -t COMPREPLY < <(compgen -f -- "$word")'
    echo '    fi'
    echo '}'
    echo 'complete -F _echometer echometer'
} > "$into/echometer.bash"

# What stands between quotes and brackets of _arguments.
quote() { sed -e "s/'/'\\\\''/g" -e 's/\[/(/g; s/\]/)/g; s/:/\\:/g'; }
{
    echo '#compdef echometer'
    echo '# zsh completion for echometer; made by packaging/completion.sh'
    echo '_echometer() {'
    echo '    local -a commands=('
    while IFS=$'\t' read -r name summary; do printf "        '%s:%s'\n" "$name" "$(quote <<< "$summary")"; done < "$into/.commands"
    echo '    )'
    echo '    if (( CURRENT == 2 )); then'
    echo '        _describe command commands'
    echo '        return'
    echo '    fi'
    echo '    local name=${words[2]}'
    echo '    shift words; (( CURRENT-- ))'
    echo '    case $name in'
    while IFS=$'\t' read -r name _; do
        printf '    %s)\n        _arguments -s' "$name"
        options "$name" | tr '\t' '\037' | while IFS=$'\x1f' read -r letter long value help; do
            action=
            case $value in
            FILE* | PATH* | INPUT* | MODEL*) action=:$(tr A-Z a-z <<< "${value//[^A-Z]/}"):_files ;;
            DIR*) action=':folder:_files -/' ;;
            ?*) action=:$(tr A-Z a-z <<< "${value//[^A-Z]/}"): ;;
            esac
            text=$(quote <<< "$help")
            printf " \\\\\n            '--%s[%s]%s'" "$long" "$text" "$action"
            [ -z "$letter" ] || printf " \\\\\n            '-%s[%s]%s'" "$letter" "$text" "$action"
        done
        printf " \\\\\n            '*:input:_files'\n        ;;\n"
    done < "$into/.commands"
    echo '    esac'
    echo '}'
    echo '_echometer "$@"'
} > "$into/_echometer"
rm "$into/.commands"
