//! What a screen of costs shows at once: the rows that were asked for, and the days of the last twelve weeks.

use jiff::civil::Date;

use super::{CostQuestion, Costs, DayRow, Dimension, Period, Within};
use crate::{
    domain::{
        Timestamp,
        usage::{UsageDetail, UsageSum, UsageWish},
    },
    ops::{
        failure::{Failure, Kind},
        session::Session,
        view::View,
    },
};

/// How many days are drawn: twelve whole weeks.
pub const DRAWN_DAYS: u32 = 84;

/// Rows, and days to draw.
#[derive(Clone, Debug, PartialEq)]
pub struct CostOverview {
    /// What was asked.
    pub question: CostQuestion,
    /// The answer.
    pub costs: Costs,
    /// The last days with usage, whatever the period, under the same restriction.
    pub daily: Vec<DayRow>,
    /// The day on which it was asked.
    pub today: Date,
}

impl Session {
    /// Says what was used, and draws the last weeks beside it.
    pub async fn cost_overview(&self, question: &CostQuestion) -> Result<CostOverview, Failure> {
        let (view, now) = (self.view(), self.door().now());
        let ask = |question: &CostQuestion, detail: UsageDetail| UsageWish {
            days: question.days(now),
            detail,
            only: question.within.as_ref().and_then(Within::only),
        };
        let store = &self.door().store;
        let sums = store.usage_sums(self.workspace(), &ask(question, question.by.detail())).await?;
        let daily = ask(&question.daily(), UsageDetail::Place);
        let daily = store.usage_sums(self.workspace(), &daily).await?;
        let question = question.clone();
        let drawn = tokio::task::spawn_blocking(move || view.cost_overview(question, sums, daily, now)).await;
        drawn.map_err(|_| Failure::new(Kind::Internal, "summing up was interrupted").hint("try it again"))
    }
}

impl CostQuestion {
    /// Asks for the days that are drawn, under the same restriction.
    fn daily(&self) -> Self {
        Self { by: Dimension::Day, period: Period::Days(DRAWN_DAYS), within: self.within.clone() }
    }
}

impl View {
    /// Sums up what the viewer may see.
    pub fn cost_overview(
        &self,
        question: CostQuestion,
        sums: Vec<UsageSum>,
        daily: Vec<UsageSum>,
        now: Timestamp,
    ) -> CostOverview {
        let daily = self.costs(daily, &question.daily(), now).total.days;
        let today = now.to_zoned(jiff::tz::TimeZone::UTC).date();
        CostOverview { costs: self.costs(sums, &question, now), question, daily, today }
    }
}
