# ./dev bench [--rival] [MODEL.gguf]: our speed with the starter model, as ratios to llama.cpp's: to
# the figures recorded in docs/bench.md, or with --rival to those it reaches beside ours in one run.

source "$MILL_DEV/model.sh"

rival=no
model=""
for argument in "$@"; do
  case $argument in
    --rival) rival=yes ;;
    -*) die "bench: unknown option “$argument” (there is --rival)" ;;
    *) model=$argument ;;
  esac
done
[ -z "$model" ] || [ -r "$model" ] || die "bench: $model cannot be read"

ensure_build
if [ -z "$model" ]; then
  fetch_starter || die "bench: the starter model is needed; or give a file, ./dev bench MODEL.gguf"
  model=$(starter_path)
fi
bench=(python3 "$MILL_DEV/bench.py" --cli "$MILL_BUILD/src/cli/millrace-cli" --model "$model" --figures "$MILL_TOP/docs/bench.md")
if [ "$rival" = yes ]; then
  source "$MILL_DEV/rival.sh"
  ensure_rival
  bench+=(--rival "$MILL_RIVAL/build/bin/llama-bench")
fi
run_inside "${bench[@]}"
