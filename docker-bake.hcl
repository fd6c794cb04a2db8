# The image for both processors, from the executables that `make dist-go DIST_TARGETS="linux-amd64 linux-arm64"` leaves in dist/go.
#
#   docker buildx bake -f docker-bake.hcl                                   builds
#   IMAGE_TAGS=1.2.3,rc docker buildx bake -f docker-bake.hcl --push        pushes ghcr.io/tokligence/gateway:1.2.3 and :rc
#   docker buildx bake -f docker-bake.hcl archive                           dist/docker/gateway.tar for this machine
#
# `make dist-docker` is the last of these. Without -f compose.yaml would be read too.

variable "DIST_DIR" {
  default = "dist"
}

variable "DIST_VERSION" {
  default = "unreleased"
}

variable "DIST_COMMIT" {
  default = ""
}

# Separated by commas.
variable "IMAGE_TAGS" {
  default = DIST_VERSION
}

group "default" {
  targets = ["gateway"]
}

target "gateway" {
  context = "."
  contexts = {
    executables = "${DIST_DIR}/go"
  }
  args = {
    EXECUTABLE   = "prebuilt"
    DIST_VERSION = DIST_VERSION
    DIST_COMMIT  = DIST_COMMIT
  }
  platforms = ["linux/amd64", "linux/arm64"]
  # A tag holds no plus sign.
  tags = [for tag in split(",", IMAGE_TAGS) : "ghcr.io/tokligence/gateway:${replace(tag, "+", "-")}"]
}

target "archive" {
  inherits  = ["gateway"]
  platforms = []
  output    = ["type=docker,dest=${DIST_DIR}/docker/gateway.tar"]
}
