"""What a feed marks is called marked, on the screen, in Markdown and by a guard."""

from cli.shell import Shell

MARKS = ("--mode", "mirror", "--on-delete", "mark:deleted_at")


def test_of_a_plan_a_run_and_a_guard(shell: Shell) -> None:
    name = shell.write("people.csv", "id,name\n1,a\n2,b\n").name
    assert shell.run("sync", name, *MARKS).status == 0
    shell.write(name, "id,name\n1,a\n")
    stopped = shell.run("sync", name, *MARKS)
    assert (stopped.status, "1 of 2 rows would be marked" in stopped.err) == (3, True)
    for words, says in (
        (("plan",), "would mark"),
        (("plan", "--markdown"), "**Mark**"),
        (("sync",), "marked"),
    ):
        found = shell.run(*words, name, *MARKS, "--max-deletes", "100%")
        assert found.status == 0
        assert says in found.out
        assert "delete" not in found.out.lower()


def test_of_a_feed_that_deletes(shell: Shell) -> None:
    name = shell.write("people.csv", "id,name\n1,a\n2,b\n").name
    assert shell.run("sync", name, "--mode", "mirror").status == 0
    shell.write(name, "id,name\n1,a\n")
    plan = shell.run("plan", name, "--mode", "mirror", "--max-deletes", "100%")
    assert "would delete" in plan.out
    assert "mark" not in plan.out
