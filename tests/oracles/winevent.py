"""Ask a threat hunter's questions of real Windows logs, and keep DuckDB's answers beside the cells that ask the same.

    winevent.py FOLDER      writes winevent.json; FOLDER holds winevent/*.json.gz (default: $FRAM_TEST_DATA)

The logs are three recordings of the OTRF Security-Datasets project (MIT licence); they are not kept here, only counts of them are.

DuckDB sees every line as one JSON value and picks members by their exact names, so that its answers depend on no
guess about types and on no rule about the case of column names. In its text, `[Name]` stands for the member Name as a string.
The cells see the table `logs`, which a test binds with `let logs = read_ndjson(path)`. Names are quoted in SQL where two
columns differ in case only. Every answer has one order; every column is a string, a whole number or null.
"""

import json
import os
import re
import sys
from pathlib import Path

import duckdb

WMI = "empire_wmi_dcerpc_wmi_IWbemServices_ExecMethod_2020-09-21001437.json.gz"
PSEXEC = "empire_psexec_dcerpc_tcp_svcctl_2020-09-20121608.json.gz"
SECRETS = "cmd_psexec_lsa_secrets_dump_2020-10-1903305471.json.gz"
QUESTIONS = []


def ask(name, question, files, columns, duckdb_sql, sql, script):
    """Puts one question to each of the files. `columns` are those of the answer, in order."""
    QUESTIONS.append((name, question, files, columns.split(), duckdb_sql, sql.strip(), script.strip()))


ask(
    "events", "How many events are there?", [WMI, PSEXEC, SECRETS], "n",
    "SELECT count(*) FROM logs",
    "SELECT count(*) AS n FROM logs",
    'logs.select(len().alias("n"))',
)
ask(
    "events_by_id", "How many events are there of each kind?", [WMI, PSEXEC, SECRETS], "EventID n",
    "SELECT [EventID]::BIGINT AS id, count(*) AS n FROM logs GROUP BY id ORDER BY n DESC, id",
    "SELECT EventID, count(*) AS n FROM logs GROUP BY EventID ORDER BY n DESC, EventID",
    'logs.group_by("EventID").agg(len().alias("n")).sort(["n", "EventID"], #{ descending: [true, false] })',
)
ask(
    "events_by_channel", "How many events are in each channel, letter for letter?", [WMI, PSEXEC, SECRETS], "Channel n",
    "SELECT [Channel] AS c, count(*) AS n FROM logs GROUP BY c ORDER BY n DESC, c",
    "SELECT Channel, count(*) AS n FROM logs GROUP BY Channel ORDER BY n DESC, Channel",
    'logs.group_by("Channel").agg(len().alias("n")).sort(["n", "Channel"], #{ descending: [true, false] })',
)
ask(
    "events_by_channel_folded", "And whatever the case?", [WMI, PSEXEC], "channel n",
    "SELECT lower([Channel]) AS c, count(*) AS n FROM logs GROUP BY c ORDER BY n DESC, c",
    "SELECT lower(Channel) AS channel, count(*) AS n FROM logs GROUP BY lower(Channel) ORDER BY n DESC, channel",
    """
logs.group_by(col("Channel").str.to_lowercase().alias("channel"))
    .agg(len().alias("n"))
    .sort(["n", "channel"], #{ descending: [true, false] })
""",
)
ask(
    "events_by_host", "How many events did each host send?", [WMI, PSEXEC, SECRETS], "Hostname n",
    "SELECT [Hostname] AS h, count(*) AS n FROM logs GROUP BY h ORDER BY h",
    "SELECT Hostname, count(*) AS n FROM logs GROUP BY Hostname ORDER BY Hostname",
    'logs.group_by("Hostname").agg(len().alias("n")).sort("Hostname")',
)
ask(
    "channel_by_host", "Which host spells the Security channel how?", [WMI, PSEXEC], "Hostname Channel n",
    "SELECT [Hostname] AS h, [Channel] AS c, count(*) FROM logs WHERE lower(c) = 'security' GROUP BY h, c ORDER BY h, c",
    """
SELECT Hostname, Channel, count(*) AS n FROM logs
WHERE lower(Channel) = 'security' GROUP BY Hostname, Channel ORDER BY Hostname, Channel
""",
    """
logs.filter(col("Channel").str.to_lowercase() == "security")
    .group_by("Hostname", "Channel").agg(len().alias("n"))
    .sort("Hostname", "Channel")
""",
)
ask(
    "processes_by_image", "Which programs were started how often?", [WMI, PSEXEC, SECRETS], "Image n",
    "SELECT [Image] AS i, count(*) AS n FROM logs WHERE [EventID] = '1' GROUP BY i ORDER BY n DESC, i",
    "SELECT Image, count(*) AS n FROM logs WHERE EventID = 1 GROUP BY Image ORDER BY n DESC, Image",
    """
logs.filter(col("EventID") == 1)
    .group_by("Image").agg(len().alias("n"))
    .sort(["n", "Image"], #{ descending: [true, false] })
""",
)
ask(
    "parents", "Which programs started others?", [WMI, PSEXEC, SECRETS], "ParentImage n",
    "SELECT [ParentImage] AS p, count(*) AS n FROM logs WHERE [EventID] = '1' GROUP BY p ORDER BY n DESC, p",
    "SELECT ParentImage, count(*) AS n FROM logs WHERE EventID = 1 GROUP BY ParentImage ORDER BY n DESC, ParentImage",
    """
logs.filter(col("EventID") == 1)
    .group_by("ParentImage").agg(len().alias("n"))
    .sort(["n", "ParentImage"], #{ descending: [true, false] })
""",
)
ask(
    "connections", "Which programs connected to which ports?", [WMI, PSEXEC, SECRETS], "Image DestinationPort n",
    """
SELECT [Image] AS i, [DestinationPort] AS p, count(*) FROM logs WHERE [EventID] = '3' GROUP BY i, p ORDER BY i, p
""",
    """
SELECT Image, DestinationPort, count(*) AS n FROM logs
WHERE EventID = 3 GROUP BY Image, DestinationPort ORDER BY Image, DestinationPort
""",
    """
logs.filter(col("EventID") == 3)
    .group_by("Image", "DestinationPort").agg(len().alias("n"))
    .sort("Image", "DestinationPort")
""",
)
ask(
    "parent_child", "Which recorded process started which?", [WMI, PSEXEC, SECRETS], "parent child n",
    """
SELECT p.i, c.i, count(*) FROM
    (SELECT [ProcessGuid] AS g, [Image] AS i FROM logs WHERE [EventID] = '1') p JOIN
    (SELECT [ParentProcessGuid] AS g, [Image] AS i FROM logs WHERE [EventID] = '1') c ON p.g = c.g
GROUP BY ALL ORDER BY ALL
""",
    """
SELECT p.Image AS parent, c.Image AS child, count(*) AS n
FROM logs p JOIN logs c ON p.ProcessGuid = c.ParentProcessGuid
WHERE p.EventID = 1 AND c.EventID = 1
GROUP BY p.Image, c.Image ORDER BY parent, child
""",
    """
let started = logs.filter(col("EventID") == 1)
started.select("ProcessGuid", col("Image").alias("parent"))
    .join(started.select("ParentProcessGuid", col("Image").alias("child")), #{ left_on: "ProcessGuid", right_on: "ParentProcessGuid" })
    .group_by("parent", "child").agg(len().alias("n"))
    .sort("parent", "child")
""",
)
ask(
    "logons_to_processes", "Which logons started processes, and which?", [WMI, PSEXEC], "TargetUserName LogonType Image",
    """
SELECT l.u, l.t, p.i FROM
    (SELECT [Hostname] AS h, lower([TargetLogonId]) AS id, [TargetUserName] AS u, [LogonType] AS t
     FROM logs WHERE [EventID] = '4624') l JOIN
    (SELECT [Hostname] AS h, lower([LogonId]) AS id, [Image] AS i FROM logs WHERE [EventID] = '1') p
    ON l.h = p.h AND l.id = p.id
ORDER BY ALL
""",
    """
SELECT l.TargetUserName, l.LogonType, p.Image
FROM logs l JOIN logs p ON l.Hostname = p.Hostname AND lower(l.TargetLogonId) = lower(p.LogonId)
WHERE l.EventID = 4624 AND p.EventID = 1
ORDER BY l.TargetUserName, l.LogonType, p.Image
""",
    """
let logons = logs.filter(col("EventID") == 4624)
    .select("Hostname", col("TargetLogonId").str.to_lowercase().alias("id"), "TargetUserName", "LogonType")
let started = logs.filter(col("EventID") == 1)
    .select("Hostname", col("LogonId").str.to_lowercase().alias("id"), "Image")
logons.join(started, #{ on: ["Hostname", "id"] })
    .select("TargetUserName", "LogonType", "Image")
    .sort("TargetUserName", "LogonType", "Image")
""",
)
ask(
    "logons_by_type", "Who logged on how?", [WMI, PSEXEC], "TargetUserName LogonType n",
    """
SELECT [TargetUserName] AS u, [LogonType] AS t, count(*) FROM logs WHERE [EventID] = '4624' GROUP BY u, t ORDER BY u, t
""",
    """
SELECT TargetUserName, LogonType, count(*) AS n FROM logs
WHERE EventID = 4624 GROUP BY TargetUserName, LogonType ORDER BY TargetUserName, LogonType
""",
    """
logs.filter(col("EventID") == 4624)
    .group_by("TargetUserName", "LogonType").agg(len().alias("n"))
    .sort("TargetUserName", "LogonType")
""",
)
ask(
    "distinct_users_and_hosts", "How many users and hosts are there?", [WMI, PSEXEC, SECRETS], "users hosts",
    "SELECT count(DISTINCT [User]), count(DISTINCT [Hostname]) FROM logs",
    "SELECT count(DISTINCT `User`) AS users, count(DISTINCT Hostname) AS hosts FROM logs",
    'logs.select(col("User").drop_nulls().n_unique().alias("users"), col("Hostname").n_unique().alias("hosts"))',
)
ask(
    "nulls", "How many events lack these fields?", [WMI, PSEXEC, SECRETS],
    "Message Image CommandLine TargetUserName IpAddress tasks",
    """
SELECT count(*) - count([Message]), count(*) - count([Image]), count(*) - count([CommandLine]),
    count(*) - count([TargetUserName]), count(*) - count([IpAddress]), count(*) - count([Task]) FROM logs
""",
    """
SELECT count(*) - count(Message) AS Message, count(*) - count(Image) AS Image,
    count(*) - count(CommandLine) AS CommandLine, count(*) - count(TargetUserName) AS TargetUserName,
    count(*) - count(IpAddress) AS IpAddress, count(*) - count(Task) AS tasks
FROM logs
""",
    """
logs.select(
    col("Message").null_count(), col("Image").null_count(), col("CommandLine").null_count(),
    col("TargetUserName").null_count(), col("IpAddress").null_count(), col("Task").null_count().alias("tasks")
)
""",
)
ask(
    "null_in_json", "Where is a field null although it is there?", [SECRETS], "EventID ShareName n",
    """
SELECT [EventID]::BIGINT AS id, [ShareName] AS s, count(*) FROM logs
WHERE json_exists(json, '$."ShareLocalPath"') AND [ShareLocalPath] IS NULL GROUP BY id, s ORDER BY id, s
""",
    """
SELECT EventID, ShareName, count(*) AS n FROM logs
WHERE ShareLocalPath IS NULL AND ShareName IS NOT NULL GROUP BY EventID, ShareName ORDER BY EventID, ShareName
""",
    """
logs.filter(col("ShareLocalPath").is_null() & col("ShareName").is_not_null())
    .group_by("EventID", "ShareName").agg(len().alias("n"))
    .sort("EventID", "ShareName")
""",
)
ask(
    "events_by_minute", "How many events arrived in each minute?", [WMI, PSEXEC], "minute n",
    "SELECT substr([@timestamp], 1, 16) AS m, count(*) FROM logs GROUP BY m ORDER BY m",
    """
SELECT substr(`@timestamp`, 1, 16) AS minute, count(*) AS n FROM logs
GROUP BY substr(`@timestamp`, 1, 16) ORDER BY minute
""",
    """
logs.group_by(col("@timestamp").str.slice(0, 16).alias("minute")).agg(len().alias("n")).sort("minute")
""",
)
ask(
    "time_range", "When did the first and the last event arrive?", [WMI, PSEXEC], "first last",
    "SELECT min([@timestamp]), max([@timestamp]) FROM logs",
    'SELECT min("@timestamp") AS first, max("@timestamp") AS last FROM logs',
    'logs.select(col("@timestamp").min().alias("first"), col("@timestamp").max().alias("last"))',
)
ask(
    "longest_command_line", "How long is the longest command line of each program?", [WMI, PSEXEC, SECRETS], "Image characters",
    """
SELECT [Image] AS i, max(length([CommandLine])) FROM logs WHERE [EventID] = '1' GROUP BY i ORDER BY i
""",
    """
SELECT Image, max(character_length(CommandLine)) AS characters FROM logs WHERE EventID = 1 GROUP BY Image ORDER BY Image
""",
    """
logs.filter(col("EventID") == 1)
    .group_by("Image").agg(col("CommandLine").str.len_chars().max().alias("characters"))
    .sort("Image")
""",
)
ask(
    "encoded_commands", "Which processes carry an encoded command?", [WMI, PSEXEC], "Hostname Image n",
    """
SELECT [Hostname] AS h, [Image] AS i, count(*) FROM logs
WHERE [EventID] = '1' AND lower([CommandLine]) LIKE '% -enc %' GROUP BY h, i ORDER BY h, i
""",
    """
SELECT Hostname, Image, count(*) AS n FROM logs
WHERE EventID = 1 AND lower(CommandLine) LIKE '% -enc %' GROUP BY Hostname, Image ORDER BY Hostname, Image
""",
    """
logs.filter(col("EventID") == 1 & col("CommandLine").str.to_lowercase().str.contains(" -enc "))
    .group_by("Hostname", "Image").agg(len().alias("n"))
    .sort("Hostname", "Image")
""",
)
ask(
    "cleared", "Was a log cleared?", [WMI, PSEXEC, SECRETS], "EventID Channel characters",
    """
SELECT [EventID]::BIGINT AS id, [Channel] AS c, length([Message]) AS n FROM logs
WHERE [Message] LIKE '%log%cleared%' ORDER BY id, c, n
""",
    """
SELECT EventID, Channel, character_length(Message) AS characters FROM logs
WHERE Message LIKE '%log%cleared%' ORDER BY EventID, Channel, characters
""",
    """
logs.filter("Message LIKE '%log%cleared%'")
    .select("EventID", "Channel", col("Message").str.len_chars().alias("characters"))
    .sort("EventID", "Channel", "characters")
""",
)
ask(
    "tags", "Which tags are there?", [WMI, PSEXEC], "tags n",
    """
SELECT array_to_string(from_json(json->'$.tags', '["VARCHAR"]'), ',') AS t, count(*) FROM logs GROUP BY t ORDER BY t
""",
    """
SELECT array_to_string(tags, ',') AS tags, count(*) AS n FROM logs GROUP BY array_to_string(tags, ',') ORDER BY tags
""",
    'logs.group_by(col("tags").list.join(",")).agg(len().alias("n")).sort("tags")',
)
ask(
    "one_letter", "ProcessId or ProcessID?", [SECRETS], "Channel EventID with_d with_D",
    """
SELECT [Channel] AS c, [EventID]::BIGINT AS id, count([ProcessId]), count([ProcessID]) FROM logs
GROUP BY c, id HAVING count([ProcessID]) > 0 OR id = 1 ORDER BY c, id
""",
    """
SELECT Channel, EventID, count(`ProcessId`) AS with_d, count(`ProcessID`) AS `with_D` FROM logs
GROUP BY Channel, EventID HAVING count(`ProcessID`) > 0 OR EventID = 1 ORDER BY Channel, EventID
""",
    """
logs.group_by("Channel", "EventID")
    .agg(col("ProcessId").count().alias("with_d"), col("ProcessID").count().alias("with_D"))
    .filter(col("with_D") > 0 | col("EventID") == 1)
    .sort("Channel", "EventID")
""",
)
ask(
    "hexadecimal_ids", "Where is ProcessId hexadecimal, where decimal?", [WMI, PSEXEC, SECRETS], "EventID hexadecimal decimal",
    """
SELECT [EventID]::BIGINT AS id, sum(([ProcessId] LIKE '0x%')::BIGINT)::BIGINT, sum(([ProcessId] NOT LIKE '0x%')::BIGINT)::BIGINT
FROM logs WHERE [ProcessId] IS NOT NULL GROUP BY id ORDER BY id
""",
    """
SELECT EventID, sum(CASE WHEN `ProcessId` LIKE '0x%' THEN 1 ELSE 0 END) AS hexadecimal,
    sum(CASE WHEN `ProcessId` LIKE '0x%' THEN 0 ELSE 1 END) AS decimal
FROM logs WHERE `ProcessId` IS NOT NULL GROUP BY EventID ORDER BY EventID
""",
    """
logs.filter(col("ProcessId").is_not_null())
    .group_by("EventID")
    .agg(
        col("ProcessId").str.starts_with("0x").cast(Int64).sum().alias("hexadecimal"),
        (!col("ProcessId").str.starts_with("0x")).cast(Int64).sum().alias("decimal")
    )
    .sort("EventID")
""",
)
ask(
    "access_to_lsass", "Who opened lsass.exe with which rights?", [WMI, PSEXEC, SECRETS], "SourceImage GrantedAccess n",
    """
SELECT [SourceImage] AS s, [GrantedAccess] AS g, count(*) FROM logs
WHERE [EventID] = '10' AND lower([TargetImage]) LIKE '%lsass.exe' GROUP BY s, g ORDER BY s, g
""",
    """
SELECT SourceImage, GrantedAccess, count(*) AS n FROM logs
WHERE EventID = 10 AND lower(TargetImage) LIKE '%lsass.exe'
GROUP BY SourceImage, GrantedAccess ORDER BY SourceImage, GrantedAccess
""",
    """
logs.filter(col("EventID") == 10 & col("TargetImage").str.to_lowercase().str.ends_with("lsass.exe"))
    .group_by("SourceImage", "GrantedAccess").agg(len().alias("n"))
    .sort("SourceImage", "GrantedAccess")
""",
)
ask(
    "rarest_libraries", "Which libraries were loaded only once?", [WMI, PSEXEC, SECRETS], "ImageLoaded",
    """
SELECT [ImageLoaded] AS i FROM logs WHERE [EventID] = '7' GROUP BY i HAVING count(*) = 1 ORDER BY i LIMIT 40
""",
    """
SELECT ImageLoaded FROM logs WHERE EventID = 7 GROUP BY ImageLoaded HAVING count(*) = 1 ORDER BY ImageLoaded LIMIT 40
""",
    """
logs.filter(col("EventID") == 7)
    .group_by("ImageLoaded").agg(len().alias("n"))
    .filter(col("n") == 1)
    .select("ImageLoaded").sort("ImageLoaded").head(40)
""",
)
ask(
    "registry_values", "Which programs set the most registry values?", [WMI, PSEXEC, SECRETS], "Image n keys",
    """
SELECT [Image] AS i, count(*) AS n, count(DISTINCT [TargetObject]) FROM logs
WHERE [EventID] = '13' GROUP BY i ORDER BY n DESC, i LIMIT 10
""",
    """
SELECT Image, count(*) AS n, count(DISTINCT TargetObject) AS keys FROM logs
WHERE EventID = 13 GROUP BY Image ORDER BY n DESC, Image LIMIT 10
""",
    """
logs.filter(col("EventID") == 13)
    .group_by("Image").agg(len().alias("n"), col("TargetObject").n_unique().alias("keys"))
    .sort(["n", "Image"], #{ descending: [true, false] }).head(10)
""",
)
ask(
    "services", "Which services were installed?", [PSEXEC, SECRETS], "EventID ServiceName",
    """
SELECT [EventID]::BIGINT AS id, [ServiceName] AS s FROM logs WHERE [EventID] IN ('4697', '7045') ORDER BY id, s
""",
    "SELECT EventID, ServiceName FROM logs WHERE EventID IN (4697, 7045) ORDER BY EventID, ServiceName",
    """
logs.filter(col("EventID").is_in([4697, 7045])).select("EventID", "ServiceName").sort("EventID", "ServiceName")
""",
)
ask(
    "pipes", "Which pipes were used?", [WMI, PSEXEC, SECRETS], "EventID PipeName n",
    """
SELECT [EventID]::BIGINT AS id, [PipeName] AS p, count(*) FROM logs WHERE [PipeName] IS NOT NULL GROUP BY id, p ORDER BY id, p
""",
    """
SELECT EventID, PipeName, count(*) AS n FROM logs WHERE PipeName IS NOT NULL
GROUP BY EventID, PipeName ORDER BY EventID, PipeName
""",
    """
logs.filter(col("PipeName").is_not_null())
    .group_by("EventID", "PipeName").agg(len().alias("n"))
    .sort("EventID", "PipeName")
""",
)
ask(
    "names_asked", "Which names were looked up?", [WMI, PSEXEC, SECRETS], "Image QueryName QueryStatus QueryResults",
    """
SELECT [Image] AS i, [QueryName] AS q, [QueryStatus] AS s, [QueryResults] AS r FROM logs WHERE [EventID] = '22' ORDER BY i, q, s, r
""",
    """
SELECT Image, QueryName, QueryStatus, QueryResults FROM logs
WHERE EventID = 22 ORDER BY Image, QueryName, QueryStatus, QueryResults
""",
    """
logs.filter(col("EventID") == 22)
    .select("Image", "QueryName", "QueryStatus", "QueryResults")
    .sort("Image", "QueryName", "QueryStatus", "QueryResults")
""",
)
ask(
    "image_or_application", "Which programs does any event name first?", [WMI, PSEXEC, SECRETS], "program n",
    r"""
SELECT coalesce(regexp_extract(lower([Image]), '[^\\]+$'), 'unknown') AS p, count(*) AS n FROM logs
GROUP BY p ORDER BY n DESC, p LIMIT 15
""",
    r"""
SELECT coalesce(regexp_replace(lower(Image), '^.*\\', ''), 'unknown') AS program, count(*) AS n FROM logs
GROUP BY coalesce(regexp_replace(lower(Image), '^.*\\', ''), 'unknown') ORDER BY n DESC, program LIMIT 15
""",
    r"""
logs.group_by(col("Image").str.to_lowercase().str.replace("^.*\\\\", "").fill_null("unknown").alias("program"))
    .agg(len().alias("n"))
    .sort(["n", "program"], #{ descending: [true, false] }).head(15)
""",
)
ask(
    "record_numbers", "Do record numbers leave gaps?", [WMI, PSEXEC], "Hostname Channel missing",
    """
SELECT [Hostname] AS h, [Channel] AS c, max([RecordNumber]::BIGINT) - min([RecordNumber]::BIGINT) + 1 - count(DISTINCT [RecordNumber])
FROM logs GROUP BY h, c ORDER BY h, c
""",
    """
SELECT Hostname, Channel, max(RecordNumber) - min(RecordNumber) + 1 - count(DISTINCT RecordNumber) AS missing
FROM logs GROUP BY Hostname, Channel ORDER BY Hostname, Channel
""",
    """
logs.group_by("Hostname", "Channel")
    .agg((col("RecordNumber").max() - col("RecordNumber").min() + 1 - col("RecordNumber").n_unique().cast(Int64)).alias("missing"))
    .sort("Hostname", "Channel")
""",
)
ask(
    "keywords", "Which keywords, as whole numbers of 64 bits?", [WMI, PSEXEC], "Keywords n",
    "SELECT [Keywords]::BIGINT AS k, count(*) FROM logs GROUP BY k ORDER BY k",
    "SELECT Keywords, count(*) AS n FROM logs GROUP BY Keywords ORDER BY Keywords",
    'logs.group_by("Keywords").agg(len().alias("n")).sort("Keywords")',
)
ask(
    "running_total", "How do process starts add up over time?", [WMI, PSEXEC], "UtcTime Image so_far",
    """
SELECT [UtcTime] AS t, [Image], row_number() OVER (ORDER BY [UtcTime]) FROM logs WHERE [EventID] = '1' ORDER BY t
""",
    """
SELECT UtcTime, Image, row_number() OVER (ORDER BY UtcTime) AS so_far FROM logs WHERE EventID = 1 ORDER BY UtcTime
""",
    """
logs.filter(col("EventID") == 1)
    .sort("UtcTime")
    .with_row_index("so_far", #{ offset: 1 })
    .select("UtcTime", "Image", "so_far")
""",
)


def answer(path, columns, text):
    """The rows that DuckDB gives."""
    connection = duckdb.connect()
    place = path.as_posix().replace("'", "''")
    connection.execute(f"CREATE VIEW logs AS SELECT json FROM read_ndjson_objects('{place}')")
    text = re.sub(r"\[(@?[A-Za-z]+)\]", r"""(json->>'$."\1"')""", text)
    rows = [list(row) for row in connection.execute(text).fetchall()]
    assert all(len(row) == len(columns) for row in rows), text
    return rows


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else os.environ.get("FRAM_TEST_DATA")
    if folder is None:
        sys.exit(__doc__)
    entries = []
    for name, question, files, columns, duckdb_sql, sql, script in QUESTIONS:
        for file in files:
            rows = answer(Path(folder) / "winevent" / file, columns, duckdb_sql)
            head = {"name": name, "question": question, "file": f"winevent/{file}", "sql": sql, "script": script, "columns": columns}
            body = ",\n".join("    " + json.dumps(row) for row in rows)
            entries.append(json.dumps(head, indent=2)[:-2] + ',\n  "rows": [\n' + body + "\n  ]\n}")
    target = Path(__file__).with_suffix(".json")
    target.write_text("[\n" + ",\n".join(entries) + "\n]\n")


if __name__ == "__main__":
    main()
