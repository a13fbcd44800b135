# ./dev run [MODEL.gguf] [QUESTION]: opens the app with the starter model, or with the file given.
# Without a display, or with a question on the command line, a model answers in the terminal.

source "$MILL_DEV/model.sh"

MILL_QUESTION="Why is the sky blue? Answer in two sentences."

# What the program finds in its build folder instead of where it would be installed.
set_build_environment() {
  export GSETTINGS_SCHEMA_DIR=$MILL_BUILD/data
}

answer_in_terminal() {
  say "$(basename -- "$model") answers in the terminal: ${question:-$MILL_QUESTION}"
  run_inside "$MILL_BUILD/src/cli/millrace-cli" chat -m "$model" -p "${question:-$MILL_QUESTION}"
}

model=""
starter=""
question=""
for argument in "$@"; do
  case $argument in
    *.gguf)
      [ -r "$argument" ] || die "run: $argument cannot be read"
      model=$argument ;;
    -*) die "run: unknown option “$argument”" ;;
    *) question=$argument ;;
  esac
done

ensure_build
if [ -z "$model" ]; then
  if fetch_starter; then starter=$(starter_path); fi
fi

if [ -n "$question" ] || { [ -z "${DISPLAY:-}" ] && [ -z "${WAYLAND_DISPLAY:-}" ]; }; then
  [ -n "$question" ] || say "there is no display (neither WAYLAND_DISPLAY nor DISPLAY is set), so no window can open"
  model=${model:-$starter}
  [ -n "$model" ] || die "without a model there is nothing to answer with: give a file, ./dev run MODEL.gguf"
  answer_in_terminal
fi
[ -n "$model$starter" ] || say "the window opens without the starter model; another GGUF file can be opened from it"
set_build_environment
run_inside "$MILL_BUILD/src/app/millrace" ${model:+"$model"}
