#!/usr/bin/env bash
# univocity-parsers 2.9.1 (Maven; the reader within Spark and other programs): with the settings as they come, a row
# whose first value begins with `#` is a comment, and blanks around a value go.
#
# Output: of the rows `1,a`, `#2,b`, `"#3",c` and `4, d ` the second is not there and the last is [4, d]. The writer's
# own settings quote a `#` at the beginning of a row, so a file written and read by the library shows nothing of it.
# Spark sets the comment character to none and keeps blanks.
#
# A guess ("a CSV reader has no comments unless asked, as RFC 4180 has none") would have cost rows of channel names,
# colours and ticket numbers, uncounted.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
cat >pom.xml <<'XML'
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion><groupId>a</groupId><artifactId>a</artifactId><version>1</version>
  <dependencies><dependency>
    <groupId>com.univocity</groupId><artifactId>univocity-parsers</artifactId><version>2.9.1</version>
  </dependency></dependencies>
</project>
XML
mvn --quiet --batch-mode dependency:copy-dependencies -DoutputDirectory=lib
cat >Read.java <<'JAVA'
import com.univocity.parsers.csv.*;
import java.io.StringReader;
import java.util.Arrays;

public class Read {
  public static void main(String[] arguments) {
    String text = "1,a\n#2,b\n\"#3\",c\n4, d \n";
    CsvParserSettings plain = new CsvParserSettings();
    for (String[] row : new CsvParser(plain).parseAll(new StringReader(text))) System.out.println(Arrays.toString(row));
    CsvParserSettings exact = new CsvParserSettings();
    exact.getFormat().setComment('\0');
    System.out.println(new CsvParser(exact).parseAll(new StringReader(text)).size() + " rows without comments");
  }
}
JAVA
java -cp 'lib/*' Read.java | tee seen
diff - seen <<'TEXT'
[1, a]
[#3, c]
[4, d]
4 rows without comments
TEXT
