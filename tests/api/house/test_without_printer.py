"""A till without a printer sells as well; what is asked of the printer is told, not queued."""

from tests.api.till import Till, sale


async def test_a_sale_that_asks_for_paper_is_recorded_and_queues_nothing(till: Till) -> None:
    answer = await till.post("/api/v1/sales", sale(print=True, open_drawer=True))
    assert (answer.status, answer.json["print_job"]) == (201, None)
    status = (await till.get("/api/v1/status")).json
    assert (status["prints"]["waiting"], status["devices"]) == (0, [])


async def test_a_copy_and_a_test_page_are_refused_with_a_word(till: Till) -> None:
    told = (await till.post("/api/v1/sales", sale())).json
    copy = await till.post(f"/api/v1/prints/{told['sale_id']}", {"till": "T1", "cashier": "C7"})
    page = await till.post("/api/v1/test-prints", {})
    assert {(answer.status, answer.code) for answer in (copy, page)} == {(409, "no_printer")}
