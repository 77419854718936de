# A Kafka broker for the tests of the relay, from Maven Central into .tickql/kafka. Only where Java and Maven are; with
# BROKERS=required they must be.
# shellcheck shell=bash disable=SC2154

KAFKA=tests/support/kafka
KAFKA_HOME=.tickql/kafka

kafka_stamp() { echo "$(hash_of $KAFKA/pom.xml) $root"; }

kafka_ready() {
  stamped $KAFKA_HOME/.tickql-setup "$(kafka_stamp)" && return
  [ "${BROKERS:-}" != required ] && ! kafka_possible
}

kafka_possible() { command -v java >/dev/null && command -v mvn >/dev/null; }

kafka_install() {
  python_ready || python_install
  if ! kafka_possible && can_apt; then
    step "Java and Maven" apt_install default-jre-headless maven
  fi
  kafka_possible || fail "no Kafka: it needs Java 17 and Maven (Debian: sudo apt-get install default-jre-headless maven)"
  step "Kafka (mvn)" mvn --batch-mode --quiet -f $KAFKA/pom.xml \
    org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies \
    -DincludeScope=runtime -DoutputDirectory="$root/$KAFKA_HOME/jars"
  step "Kafka's data folder" .venv/bin/python -m tests.support.kafka_server
  kafka_stamp >$KAFKA_HOME/.tickql-setup
}
