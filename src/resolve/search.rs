//! The search: nine layers, most specific first, until something decides (design §2.2 and §2.4).

use std::ops::ControlFlow;

use super::{
    answer::{Answer, Layer, Outcome, Pointer, Reason, Source, Step, Verdict},
    case::Case,
    target::{Demand, Finding},
    trace::Recorder,
};
use crate::domain::{
    assignment::Strength,
    catalogue::{
        Ix, RuleKey,
        row::{OwnerIx, RuleRow, ScopeIx},
    },
    people::Department,
};

/// The answer where nothing decides.
const NO_MATCH: Answer = Answer {
    outcome: Outcome::NoMatch,
    credential: None,
    pool: None,
    layer: None,
    department: None,
    source: None,
    reason: Some(Reason::NoRule),
};

/// Something that speaks for the query.
struct Claim<'a> {
    layer: Layer,
    department: Option<Ix<Department>>,
    source: Source,
    demand: Demand<'a>,
    strength: Strength,
}

/// Where rules are looked for.
#[derive(Clone, Copy)]
struct Subject {
    layer: Layer,
    department: Option<Ix<Department>>,
    scope: ScopeIx,
}

/// A search under way. With a recorder that listens it goes on behind the decision, to write down the losers.
struct Search<'s, 'a, R> {
    case: &'s Case<'a>,
    recorder: &'s mut R,
    decided: Option<Answer>,
}

/// Searches the layers of a case, telling the recorder.
#[inline]
pub(super) fn search<R: Recorder>(case: &Case<'_>, recorder: &mut R) -> Answer {
    let mut search = Search { case, recorder, decided: None };
    let _ended_early = search.layers();
    search.decided.unwrap_or(NO_MATCH)
}

impl<'a, R: Recorder> Search<'_, 'a, R> {
    fn layers(&mut self) -> ControlFlow<()> {
        let case = self.case;
        self.request()?;
        self.node()?;
        self.instance()?;
        self.subject(Layer::Workflow, case.workflow.map(ScopeIx::Workflow))?;
        self.subject(Layer::App, case.app.map(ScopeIx::App))?;
        self.subject(Layer::Owner, owner(case.owner))?;
        self.departments()?;
        self.subject(Layer::Workspace, Some(ScopeIx::Workspace))?;
        self.subject(Layer::System, (!case.is_difys()).then_some(ScopeIx::System))
    }

    fn request(&mut self) -> ControlFlow<()> {
        match self.case.override_here() {
            Some(text) => self.own(Layer::Request, Source::Override, Demand::Override(text)),
            None if self.case.is_difys() => self.silence(Layer::Request, Reason::NotApplicable),
            None => self.silence(Layer::Request, Reason::NoRule),
        }
    }

    fn node(&mut self) -> ControlFlow<()> {
        let Some((ix, row)) = self.case.node else { return self.silence(Layer::Node, Reason::NotApplicable) };
        match Demand::of_node(row) {
            Some(demand) => self.own(Layer::Node, Source::Node(ix), demand),
            None => self.silence(Layer::Node, Reason::NoRule),
        }
    }

    fn instance(&mut self) -> ControlFlow<()> {
        let Some(ix) = self.case.instance else { return self.silence(Layer::Instance, Reason::NotApplicable) };
        match self.case.catalogue.instances().row(ix).and_then(|row| row.key) {
            Some(key) => self.own(Layer::Instance, Source::Instance(ix), Demand::Key(key)),
            None => self.silence(Layer::Instance, Reason::NoRule),
        }
    }

    fn departments(&mut self) -> ControlFlow<()> {
        if self.case.department.is_none() {
            return self.silence(Layer::Department, Reason::NotApplicable);
        }
        let case = self.case;
        for ix in case.catalogue.path(case.department) {
            let scope = ScopeIx::Department(ix);
            self.rules(Subject { layer: Layer::Department, department: Some(ix), scope })?;
        }
        ControlFlow::Continue(())
    }

    fn subject(&mut self, layer: Layer, scope: Option<ScopeIx>) -> ControlFlow<()> {
        match scope {
            Some(scope) => self.rules(Subject { layer, department: None, scope }),
            None => self.silence(layer, Reason::NotApplicable),
        }
    }

    /// Tries the rules of one subject, the most exact first.
    fn rules(&mut self, subject: Subject) -> ControlFlow<()> {
        let case = self.case;
        let all = case.provider.map_or(&[][..], |it| case.catalogue.rules().for_provider(subject.scope, it));
        if all.is_empty() {
            self.recorder.silence(subject.layer, subject.department, Reason::NoRule);
        }
        let mut equals: Option<&RuleKey> = None;
        for (at, key) in all.iter().enumerate() {
            let row = match case.speaks(key) {
                Ok(row) => row,
                Err(reason) => {
                    self.mute(subject, key, reason);
                    continue;
                }
            };
            let claim = subject.claim(key, row);
            if equals.is_some_and(|first| first.same_place(key)) {
                self.note(&claim, Verdict::Decided, Some(Reason::Ambiguous), None);
            } else if self.decided.is_none() && case.has_equal(key, &all[at + 1..]) {
                equals = Some(key);
                self.decide(&claim, Finding::ambiguous())?;
            } else {
                self.consider(&claim)?;
            }
        }
        ControlFlow::Continue(())
    }

    /// Considers what is no rule and therefore always required.
    fn own(&mut self, layer: Layer, source: Source, demand: Demand<'a>) -> ControlFlow<()> {
        self.consider(&Claim { layer, department: None, source, demand, strength: Strength::Required })
    }

    fn consider(&mut self, claim: &Claim<'a>) -> ControlFlow<()> {
        if self.decided.is_some() {
            self.note(claim, Verdict::Overridden, Some(Reason::OverriddenBy), None);
            return ControlFlow::Continue(());
        }
        let finding = self.case.judge(claim.demand);
        let fails = matches!(finding.outcome, Outcome::Unusable | Outcome::MissingInput);
        if fails && claim.strength == Strength::Preferred {
            self.note(claim, Verdict::Skipped, finding.reason, Some(&finding));
            return ControlFlow::Continue(());
        }
        self.decide(claim, finding)
    }

    fn decide(&mut self, claim: &Claim<'a>, finding: Finding<'a>) -> ControlFlow<()> {
        self.note(claim, Verdict::Decided, finding.reason, Some(&finding));
        self.decided = Some(Answer {
            outcome: finding.outcome,
            credential: finding.credential,
            pool: finding.pool(),
            layer: Some(claim.layer),
            department: claim.department,
            source: Some(claim.source),
            reason: finding.reason,
        });
        if R::LISTENS { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    }

    fn note(&mut self, claim: &Claim<'a>, verdict: Verdict, reason: Option<Reason>, finding: Option<&Finding<'a>>) {
        let case = self.case;
        self.recorder.note(|| {
            let lead = finding.and_then(|finding| finding.lead).map(Pointer::from);
            let (target, led_to) = match (claim.demand, lead) {
                (Demand::Override(_), Some(lead)) => (lead, None),
                (demand, lead) => {
                    let target = case.written(demand);
                    let by_variable = matches!(target, Pointer::Variable(_));
                    (target, lead.filter(|_| by_variable))
                }
            };
            let Claim { layer, department, source, .. } = *claim;
            Step { layer, department, source: Some(source), target: Some(target), led_to, verdict, reason }
        });
    }

    fn mute(&mut self, subject: Subject, key: &RuleKey, reason: Reason) {
        let case = self.case;
        self.recorder.note(|| Step {
            layer: subject.layer,
            department: subject.department,
            source: Some(Source::Rule(key.rule)),
            target: case.catalogue.assignments().row(key.rule).map(|row| case.written(Demand::Rule(&row.target))),
            led_to: None,
            verdict: Verdict::NotApplicable,
            reason: Some(reason),
        });
    }

    fn silence(&mut self, layer: Layer, reason: Reason) -> ControlFlow<()> {
        self.recorder.silence(layer, None, reason);
        ControlFlow::Continue(())
    }
}

impl Subject {
    const fn claim<'a>(self, key: &RuleKey, row: &'a RuleRow) -> Claim<'a> {
        let demand = Demand::Rule(&row.target);
        let Self { layer, department, .. } = self;
        Claim { layer, department, source: Source::Rule(key.rule), demand, strength: row.strength }
    }
}

impl<'a> Case<'a> {
    /// Returns the rule if it speaks here and now, else why it doesn't.
    #[inline]
    fn speaks(&self, key: &RuleKey) -> Result<&'a RuleRow, Reason> {
        let other = |named: bool, same: bool| named && !same;
        if other(key.model.is_some(), key.model == self.model) || key.kind.is_some_and(|kind| kind != self.kind) {
            return Err(Reason::OtherModel);
        }
        if other(key.environment.is_some(), key.environment == self.environment) {
            return Err(Reason::OtherEnvironment);
        }
        if key.from.is_some_and(|from| self.now < from) {
            return Err(Reason::OutsideWindow);
        }
        let row = self.catalogue.assignments().row(key.rule).ok_or(Reason::NotApplicable)?;
        if row.until.is_some_and(|until| self.now >= until) { Err(Reason::OutsideWindow) } else { Ok(row) }
    }

    /// Says whether a rule that stands behind another answers the same question at the same time.
    #[inline]
    fn has_equal(&self, key: &RuleKey, behind: &[RuleKey]) -> bool {
        behind.iter().take_while(|other| other.same_place(key)).any(|other| self.speaks(other).is_ok())
    }
}

/// Returns where an owner's rules are found: people have some, departments and the system none of this layer.
const fn owner(owner: Option<OwnerIx>) -> Option<ScopeIx> {
    match owner {
        Some(OwnerIx::Operator(ix)) => Some(ScopeIx::Owner(ix)),
        _ => None,
    }
}
