#!/bin/sh
# Measures the built-in models on labelled rows and writes the figures as Markdown.
# Usage: quality.sh HARK ROWS OUT
set -eu

hark=$1 rows=$2 out=$3
manifest=nlp/models/sentiment.sets.tsv

if [ ! -d "$rows" ]; then
    echo "hark: there are no labelled rows in \`$rows\`; say where you keep them: make quality ROWS=folder" >&2
    echo "      A set is a folder with a dev.tsv, a line \`text<TAB>label<TAB>language\` for each text; $out names the sets" >&2
    exit 1
fi

# Those of the named sets that are there, with commas between; the others are told.
present() {
    found=
    for set in "$@"; do
        if [ -f "$rows/$set/dev.tsv" ]; then found="$found${found:+,}$set"
        else echo "hark: not measured, \`$rows/$set/dev.tsv\` is not there" >&2; fi
    done
    echo "$found"
}

# A section: title, task, sets, then what is to be known of it.
section() {
    title=$1 task=$2 sets=$3
    shift 3
    printf '\n## %s\n\n' "$title"
    for line in "$@"; do printf '%s\n' "$line"; done
    if [ -z "$sets" ]; then printf '\nNot measured: none of its sets was there.\n'; return; fi
    printf '\n`hark eval --task %s --data %s --only %s`\n\n' "$task" rows "$sets"
    echo "==> measuring $task" >&2
    "$hark" eval --task "$task" --data "$rows" --only "$sets"
}

# Sets with a tone: those of the manifest that are texts, not words.
tones=$(awk -F '\t' '!/^#/ && $3 == "texts" { print $1 }' "$manifest")
posts=$(echo "$tones" | grep -v '^mabsa_sent$')

mkdir -p "$(dirname "$out")"
{
    cat <<'TEXT'
# How good the models are

Written by `make quality`; do not edit. It measures the models that are built into `hark` on the `dev.tsv` of labelled sets, which none
of them learned from, though choices were made by looking at them: on other rows, expect a little less. The rows are not part of the
project; `make quality ROWS=folder` measures on yours, in a folder for each set with a `dev.tsv` of `text<TAB>label<TAB>language`. What the
sets are, and under which licences, is said in the model cards `nlp/models/language.md` and `nlp/models/sentiment.md`.

Figures are percent, apart from calibration errors (0 to 1: how far stated confidence is from the share that is right). `docs/s` is texts
a second on one core of the machine that this was written on, whatever else it did. Throughput of everything together: `make bench-enrich`.
TEXT
    # Names of sets hold no white space.
    # shellcheck disable=SC2046,SC2086
    section Language language "$(present $posts)" \
        "Macro averages count each language with 20 rows or more alike. Croatian, Serbian and Bosnian (\`hr\`) count as right for each other."
    # shellcheck disable=SC2046,SC2086
    section Sentiment sentiment "$(present $tones)" \
        "In sets without neutral rows, neutral is no choice. \`neg as\` says how many negative rows were told as negative, neutral and positive."
    section Topics topics "$(present semeval16_absa mabsa_absa)" \
        "A topic counts as found when people see it too; with tone, when its tone is theirs as well. Beside it stands what would be right if each" \
        "topic had the tone of the whole text (\"with the text's tone\")."
    section Intent intent "$(present complaints_en appreviews_en)" \
        "Beside the model stand rules: negative is a complaint, a question mark a question, positive is praise."
    section Spam spam "$(present sms_spam_en)" \
        "Text messages; the built-in weights were learned from the training rows of the same set, among others."
} > "$out.new"
mv "$out.new" "$out"
echo "==> $out"
