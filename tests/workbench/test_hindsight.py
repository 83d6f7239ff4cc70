from service.advice.adviser import Adviser
from service.knowledge.loading import default_rules_directory
from service.workbench.case_files import real_cases
from service.workbench.hindsight import hindsight


def test_every_case_that_failed_says_what_would_have_had_to_change_and_none_that_went_well(adviser: Adviser) -> None:
    cases = real_cases(default_rules_directory())
    said = list(hindsight(adviser, cases))
    failed = [case.id for case in cases if case.outcome != "success"]

    assert failed == list(dict.fromkeys(line.split()[0] for line in said))
    assert "D09 citizen-proposals without no-internal-link: maturityProcess 2->3" in said
