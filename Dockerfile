# echometer from Debian's packages: docker build -t echometer . && docker run --rm -v "$PWD:/data" echometer scan /data/crawl.warc.gz
FROM debian:12-slim AS build
WORKDIR /src
COPY deps.sh ./
RUN ./deps.sh && rm -rf /var/lib/apt/lists/*
COPY . .
RUN make -j"$(nproc)" deb BUILD=/build DEB=/echometer.deb

FROM debian:12-slim
COPY --from=build /echometer.deb /tmp/echometer.deb
RUN apt-get update -q && apt-get install -q -y --no-install-recommends /tmp/echometer.deb ca-certificates \
    && rm -rf /var/lib/apt/lists/* /tmp/echometer.deb && useradd --create-home --uid 1000 echometer
USER echometer
WORKDIR /data
ENTRYPOINT ["echometer"]
CMD ["help"]
